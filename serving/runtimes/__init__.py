"""Libraries that compute a model, each called through its C interface, without NumPy."""
