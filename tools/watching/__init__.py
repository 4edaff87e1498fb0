"""How a model is doing: its log and its state."""
