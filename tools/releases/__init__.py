"""Versions of a function: asked, compared, tried on a share of the requests, listed, pruned."""
