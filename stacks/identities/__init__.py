"""The permissions of the people and the pipelines of an environment, as IAM policies."""
