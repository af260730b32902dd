"""Who may do what: statements of IAM, roles, and policies of resources."""
