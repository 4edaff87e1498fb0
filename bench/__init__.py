"""What a request costs, cold and warm, beside the obvious way to serve the same model."""
