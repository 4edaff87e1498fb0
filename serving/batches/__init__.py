"""Many inputs in one invocation: read from S3, answered as the API would answer each, written to S3."""
