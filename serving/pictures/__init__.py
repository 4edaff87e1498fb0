"""Pictures: from what a stranger sends to the pixels that a network takes, and the classes it finds."""
