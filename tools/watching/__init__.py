"""How a model is: its log and its state."""
