"""What computes, and what the build says of it. The export takes this package and nothing else of app."""
