"""Finds the cheapest and the fastest memory size and build of a model, measured here under Lambda's limits."""
