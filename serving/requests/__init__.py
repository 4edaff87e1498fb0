"""Requests and answers: how they arrive, what they may hold, and who answers them."""
