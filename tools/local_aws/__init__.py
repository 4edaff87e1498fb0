"""The AWS of stage local: MiniStack, and what it lacks."""
