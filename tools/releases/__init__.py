"""Versions of a function: tested, compared, given a share of the requests, listed, pruned."""
