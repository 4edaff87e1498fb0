"""What SECURITY.md promises, tried on as many hostile cases as one likes."""
