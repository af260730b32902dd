"""What Terraform manages of each service, with what it calls to read it and to change it.

Actions follow the Service Authorization Reference and what the AWS provider 5.100 calls; resources
follow from the environment's names.
"""
