"""The AWS of stage local: MiniStack, and additions to it."""
