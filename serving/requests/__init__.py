"""Requests and answers: their envelopes, validation and routing."""
