"""What a model says of itself: its health, its OpenAPI document and a page to try it by hand."""
