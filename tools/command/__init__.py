"""Helpers of the command line that are written in Python."""
