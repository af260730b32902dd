"""The function's network."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from stacks.options.section import Section

SUBNETS = 16
"""Subnets that a function takes (Lambda API reference, VpcConfig)."""

SECURITY_GROUPS = 5
"""Security groups that a function takes (Lambda API reference, VpcConfig)."""

SubnetId = Annotated[str, Field(pattern=r"^subnet-[0-9a-f]{8,17}$")]
SecurityGroupId = Annotated[str, Field(pattern=r"^sg-[0-9a-f]{8,17}$")]
RouteTableId = Annotated[str, Field(pattern=r"^rtb-[0-9a-f]{8,17}$")]


class VpcOptions(Section):
    """``[function.vpc]``."""

    subnet_ids: list[SubnetId] = Field(
        min_length=2,
        max_length=SUBNETS,
        description="Private subnets that the function's network interfaces lie in, of two zones "
        "at least.",
    )
    security_group_ids: list[SecurityGroupId] = Field(
        min_length=1,
        max_length=SECURITY_GROUPS,
        description="Security groups of the function. They must let it reach the database and, by "
        "HTTPS, AWS.",
    )
    vpc_id: str | None = Field(
        default=None,
        pattern=r"^vpc-[0-9a-f]{8,17}$",
        description="The VPC, if the stack is to make the endpoints that the function needs; "
        "default: it makes none. The subnets have others then, or a NAT gateway.",
    )
    route_table_ids: list[RouteTableId] = Field(
        default_factory=list,
        description="Route tables of the subnets, for the endpoints of DynamoDB and S3.",
    )

    @model_validator(mode="after")
    def _endpoints_have_what_they_need(self) -> VpcOptions:
        if self.vpc_id and not self.route_table_ids:
            raise ValueError(
                "route_table_ids must be given if vpc_id is: the endpoints of DynamoDB and S3 are "
                "routes of these tables"
            )
        if self.route_table_ids and not self.vpc_id:
            raise ValueError("vpc_id must be given if route_table_ids are")
        return self
