"""The template of a stack, as it is deployed."""
