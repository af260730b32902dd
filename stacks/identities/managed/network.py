"""Terraform's calls for the function's network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.identities.managed.kind import Managed
from stacks.tags import APPLICATION_TAG, ENVIRONMENT_TAG

if TYPE_CHECKING:
    from stacks.environment.model import Environment


def network(environment: Environment) -> list[Managed]:
    """Subnets and security groups to look at, and endpoints if the stack makes them."""
    vpc = environment.function.vpc
    if vpc is None:
        return []
    # EC2's lists cannot be narrowed to resources (Service Authorization Reference).
    looked_at = ["DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcs"]
    if vpc.vpc_id is None:
        return [Managed("Network", ("*",), tuple(f"ec2:{action}" for action in looked_at))]
    looked_at += ["DescribeNetworkInterfaces", "DescribePrefixLists", "DescribeVpcEndpoints"]
    tags = {APPLICATION_TAG: environment.application, ENVIRONMENT_TAG: environment.name}
    endpoints = (environment.arn("ec2", "vpc-endpoint/*"),)
    ids = {
        "vpc": [vpc.vpc_id],
        "subnet": vpc.subnet_ids,
        "security-group": vpc.security_group_ids,
        "route-table": vpc.route_table_ids,
    }
    parts = tuple(environment.arn("ec2", f"{kind}/{one}") for kind in ids for one in ids[kind])
    new = {f"aws:RequestTag/{tag}": value for tag, value in tags.items()}
    own = {f"aws:ResourceTag/{tag}": value for tag, value in tags.items()}
    return [
        Managed("Network", ("*",), tuple(f"ec2:{action}" for action in looked_at)),
        Managed(
            "PartsOfEndpoints",
            parts,
            (),
            ("ec2:CreateVpcEndpoint", "ec2:ModifyVpcEndpoint"),
        ),
        Managed(
            "NewEndpoints",
            endpoints,
            (),
            ("ec2:CreateTags", "ec2:CreateVpcEndpoint"),
            {"StringEquals": new},
        ),
        Managed(
            "Endpoints",
            endpoints,
            (),
            ("ec2:DeleteTags", "ec2:DeleteVpcEndpoints", "ec2:ModifyVpcEndpoint"),
            {"StringEquals": own},
        ),
    ]
