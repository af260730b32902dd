"""Deploy time: the Terraform stacks, written with the CDK for Terraform.

Nothing at run time imports this package. It takes the names that both times share from ``cqrs``.
"""
