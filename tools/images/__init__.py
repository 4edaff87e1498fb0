"""What goes into an image, and how an image gets from registry to registry."""
