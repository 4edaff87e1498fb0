"""What a model publishes about itself: its health, its OpenAPI document and a page to try it by hand."""
