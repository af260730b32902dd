"""A review of what a Terraform plan would do, and a guard over all that holds data.

``terraform show -json PLAN | python -m tooling.plan_review --environment prod`` prints a table in
Markdown, and exits with 1 if data would be lost.
"""
