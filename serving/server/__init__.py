"""The same handler on a server of its own: `serve`."""
