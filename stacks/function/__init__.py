"""The one Lambda function: its package, its role and what that may do."""
