"""Which memory and which build of a model are cheapest or fastest, measured here under Lambda's limits."""
