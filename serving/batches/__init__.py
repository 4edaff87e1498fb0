"""Many inputs in one invocation: read from S3, answered as the address answers each, written to S3."""
