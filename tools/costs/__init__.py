"""What a month costs: prices, what a model's templates ask for, and the two together."""
