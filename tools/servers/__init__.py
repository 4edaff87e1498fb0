"""What Elastic Beanstalk gets."""
