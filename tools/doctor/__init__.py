"""What is missing before a deployment."""
