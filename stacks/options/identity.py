"""Who the callers of the HTTP API are: claims of a token, and roles of IAM."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from cqrs.claims import words_of
from cqrs.roles import Role
from stacks.options.section import Section

ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/*-]+")
"""ARN of a role, in which ``*`` stands for any text (IAM guide, "IAM identifiers")."""

GroupRole = Annotated[Role, Field(strict=False)]


def _role_arn(arn: str) -> str:
    if not ROLE_ARN.fullmatch(arn):
        raise ValueError(
            "must be the ARN of a role, arn:aws:iam::ACCOUNT:role/NAME, in which * stands for any "
            "text of the name"
        )
    if "*" in arn and "/" in arn.partition(":role/")[2]:
        raise ValueError(
            "must have no path beside a *, as what a caller signs with tells the role's name alone"
        )
    return arn


def _group(name: str) -> str:
    if words_of(name) != {name}:
        raise ValueError(
            "must have no comma, space, quote or bracket, as these part one group from the next"
        )
    return name


RoleArn = Annotated[str, AfterValidator(_role_arn)]

Group = Annotated[str, AfterValidator(_group)]

Claim = Annotated[str, Field(min_length=1)]


class Caller(Section):
    """``[api.identity.callers.<ARN>]``: a principal that signs its requests with IAM."""

    name: str = Field(min_length=1, description="Name that its commands and answers carry.")
    tenants: list[str] = Field(
        min_length=1, description="Tenants that it reaches; `*` stands for every tenant."
    )
    roles: list[GroupRole] = Field(min_length=1, description="Roles that it has in them.")


class IdentityOptions(Section):
    """``[api.identity]``: how claims become a principal."""

    subject: Claim = Field(
        default="sub", description="Claim that tells one principal from all others; default sub."
    )
    name: Claim = Field(default="name", description="Claim with its name; default name.")
    tenants: Claim = Field(
        default="custom:tenants",
        description="Claim with its tenants, with commas between them; default custom:tenants.",
    )
    roles: Claim = Field(
        default="cognito:groups",
        description="Claim with its groups, of which `role_names` makes roles; default "
        "cognito:groups.",
    )
    role_names: dict[Group, GroupRole] = Field(
        default_factory=lambda: {role.value: role for role in Role},
        description="Role by group; a group that is not named gives none. By default each role is "
        "the group of its name.",
    )
    callers: dict[RoleArn, Caller] = Field(
        default_factory=dict,
        description="Principals by the ARN of the IAM role whose credentials sign a request, or "
        "by a pattern of ARNs; default none.",
    )
