"""Amazon S3 and DynamoDB: the operations that models need."""
