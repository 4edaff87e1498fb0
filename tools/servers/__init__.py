"""The source bundle for Elastic Beanstalk."""
