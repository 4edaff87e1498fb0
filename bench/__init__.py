"""Measures what a request costs, cold and warm, compared with the obvious way to serve the same model."""
