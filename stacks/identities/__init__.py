"""What the people and the pipelines of an environment may do, as IAM policies."""
