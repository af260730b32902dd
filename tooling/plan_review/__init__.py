"""What a Terraform plan would do, for whoever reviews it, and a guard over what holds data.

``terraform show -json PLAN | python -m tooling.plan_review --environment prod`` prints a table in
Markdown, and exits with 1 where data would be lost.
"""
