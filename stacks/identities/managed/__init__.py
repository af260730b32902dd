"""The resources of each service that Terraform manages, with its calls to read and to change them.

Actions follow the Service Authorization Reference and what the AWS provider 5.100 calls; resources
follow from the environment's names.
"""
