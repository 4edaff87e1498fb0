"""Pictures: from untrusted bytes to the pixels that a network takes, and the classes that it finds."""
