"""Terraform's calls for the HTTP API and its user pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.access.emulator import known_conditions
from stacks.identities.managed.kind import Managed
from stacks.tags import APPLICATION_TAG, ENVIRONMENT_TAG

if TYPE_CHECKING:
    from stacks.environment.model import Environment

READ = ("apigateway:GET",)
WRITE = ("apigateway:DELETE", "apigateway:PATCH", "apigateway:POST", "apigateway:PUT")
"""Actions are methods of HTTP, and resources are its paths."""


def api(environment: Environment) -> list[Managed]:
    """The API with its parts, if there is one, and what else it needs."""
    options = environment.api
    if not options.enabled:
        return []
    return [
        _gateway(environment),
        *([_domains(environment)] if _domain_names(environment) else []),
        _access_log(),
        *(_user_pool(environment) if options.has_user_pool else []),
    ]


def _gateway(environment: Environment) -> Managed:
    """API Gateway gives each API an id, and parts of an API have no tags to tell them by.

    So these are all HTTP and WebSocket APIs of the region. (Service Authorization Reference,
    "Amazon API Gateway Management V2").
    """
    apis = [_management(environment, path) for path in ("apis", "apis/*")]
    return Managed("Apis", (*apis, *_tags(environment)), READ, WRITE)


def _domain_names(environment: Environment) -> list[str]:
    options = environment.api
    live = options.live.domain_name if options.has_live else ""
    return [name for name in (options.domain_name, live) if name]


def _domains(environment: Environment) -> Managed:
    names = _domain_names(environment)
    parts = [f"domainnames/{name}{rest}" for name in names for rest in ("", "/*")]
    paths = ["domainnames", *parts]
    domains = [_management(environment, path) for path in paths]
    return Managed("Domain", tuple(domains), READ, WRITE)


def _tags(environment: Environment) -> tuple[str, ...]:
    """Tags, which have paths of their own."""
    return tuple(_management(environment, path) for path in ("tags", "tags/*"))


def _access_log() -> Managed:
    """A deployer of a stage has its log delivered, which cannot be narrowed.

    Source: CloudWatch Logs guide, "Enable logging from AWS services".
    """
    return Managed(
        "AccessLogs",
        ("*",),
        (
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
        ),
        (
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery",
        ),
    )


def _user_pool(environment: Environment) -> list[Managed]:
    pools = (environment.arn("cognito-idp", "userpool/*"),)
    tags = {APPLICATION_TAG: environment.application, ENVIRONMENT_TAG: environment.name}
    own = {f"aws:ResourceTag/{tag}": value for tag, value in tags.items()}
    new = {f"aws:RequestTag/{tag}": value for tag, value in tags.items()}
    protected = environment.deletion_protection
    return [
        # A pool that does not exist yet has no ARN.
        Managed(
            "NewUserPools",
            ("*",),
            (),
            ("cognito-idp:CreateUserPool", "cognito-idp:TagResource"),
            known_conditions(environment, {"StringEquals": new}),
        ),
        # It takes a domain, and no pool.
        Managed("UserPoolDomains", ("*",), ("cognito-idp:DescribeUserPoolDomain",)),
        Managed(
            "UserPool",
            pools,
            (
                "cognito-idp:DescribeUserPool",
                "cognito-idp:DescribeUserPoolClient",
                "cognito-idp:GetGroup",
                "cognito-idp:GetUserPoolMfaConfig",
                "cognito-idp:ListTagsForResource",
            ),
            (
                "cognito-idp:AddCustomAttributes",
                "cognito-idp:CreateGroup",
                "cognito-idp:CreateUserPoolClient",
                "cognito-idp:CreateUserPoolDomain",
                "cognito-idp:DeleteGroup",
                *(() if protected else ("cognito-idp:DeleteUserPool",)),
                "cognito-idp:DeleteUserPoolClient",
                "cognito-idp:DeleteUserPoolDomain",
                "cognito-idp:SetUserPoolMfaConfig",
                "cognito-idp:UpdateGroup",
                "cognito-idp:UpdateUserPool",
                "cognito-idp:UpdateUserPoolClient",
                "cognito-idp:UpdateUserPoolDomain",
            ),
            known_conditions(environment, {"StringEquals": own}),
        ),
    ]


def _management(environment: Environment, path: str) -> str:
    """ARN of a resource of API Gateway's management, which names no account."""
    return f"arn:{environment.partition}:apigateway:{environment.region}::/{path}"
