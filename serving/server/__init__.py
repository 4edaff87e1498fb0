"""The handler as an HTTP server: `serve`."""
