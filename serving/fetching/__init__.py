"""Fetches URLs from untrusted callers. This is a security boundary."""
