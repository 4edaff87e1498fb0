"""The AWS CLI as one process for a whole run."""
