"""What is behind an address that a stranger gave. A security boundary."""
