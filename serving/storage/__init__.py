"""Amazon S3 and DynamoDB, as far as a model asks them."""
