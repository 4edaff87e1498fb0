"""What is missing for a deployment."""
