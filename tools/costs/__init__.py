"""What a month costs: prices, the resources that a model's templates create, and the two combined."""
