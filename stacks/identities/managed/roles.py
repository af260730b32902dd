"""Terraform's calls for roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.identities.managed.kind import Managed

if TYPE_CHECKING:
    from stacks.environment.model import Environment


def roles(environment: Environment) -> list[Managed]:
    """Roles, and to whom they are passed."""
    arns = (environment.iam_arn(f"role/{environment.prefix}*"),)
    services = ["lambda.amazonaws.com", "scheduler.amazonaws.com", "states.amazonaws.com"]
    return [
        Managed(
            "Roles",
            arns,
            (
                "iam:GetRole",
                "iam:GetRolePolicy",
                "iam:ListAttachedRolePolicies",
                "iam:ListInstanceProfilesForRole",
                "iam:ListRolePolicies",
            ),
            (
                "iam:CreateRole",
                "iam:DeleteRole",
                "iam:DeleteRolePolicy",
                "iam:PutRolePolicy",
                "iam:TagRole",
                "iam:UntagRole",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole",
            ),
        ),
        Managed(
            "PassedRoles",
            arns,
            (),
            ("iam:PassRole",),
            {"StringEquals": {"iam:PassedToService": services}},
        ),
    ]
