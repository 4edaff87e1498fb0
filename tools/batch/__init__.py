"""A whole input through a model: --batch, from the quote to the results."""
