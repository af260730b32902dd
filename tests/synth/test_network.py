"""A function inside a VPC, for a database that is reached from there alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stacks.environment_files import EnvironmentFileError
from stacks.identities.policies import policies
from tests.synth.conftest import Synthesis
from tests.synth.test_permissions import statements

SUBNETS = ["subnet-0a1b2c3d", "subnet-1a1b2c3d"]
INSIDE = """
[function.vpc]
subnet_ids = ["subnet-0a1b2c3d", "subnet-1a1b2c3d"]
security_group_ids = ["sg-0a1b2c3d"]
"""
WITH_ENDPOINTS = f"""{INSIDE}vpc_id = "vpc-0a1b2c3d"
route_table_ids = ["rtb-0a1b2c3d"]
"""
Synthesise = Callable[..., Synthesis]


@pytest.fixture(scope="module")
def inside(synthesise: Synthesise) -> Synthesis:
    return synthesise("prod", WITH_ENDPOINTS)


def statements_of_function(synthesis: Synthesis) -> dict[str, dict[str, Any]]:
    found = statements(synthesis)
    return {statement["Sid"]: statement for owner, statement in found if owner == "function"}


def test_the_function_lies_in_the_subnets(inside: Synthesis) -> None:
    (function,) = inside.resources("aws_lambda_function").values()

    assert function["vpc_config"] == {
        "subnet_ids": SUBNETS,
        "security_group_ids": ["sg-0a1b2c3d"],
    }


def test_all_that_the_function_calls_has_an_endpoint(inside: Synthesis) -> None:
    endpoints = {
        one["service_name"].rpartition(".")[2]: one
        for one in inside.resources("aws_vpc_endpoint").values()
    }

    assert {"dynamodb", "s3", "sqs", "states"} <= set(endpoints)
    assert {"logs", "monitoring"}.isdisjoint(endpoints)
    for service in ("dynamodb", "s3"):
        assert endpoints[service]["vpc_endpoint_type"] == "Gateway"
        assert endpoints[service]["route_table_ids"] == ["rtb-0a1b2c3d"]
    for service in set(endpoints) - {"dynamodb", "s3"}:
        assert endpoints[service]["private_dns_enabled"] is True
        assert endpoints[service]["subnet_ids"] == SUBNETS


@pytest.mark.parametrize("service", ["logs", "monitoring"])
def test_an_http_api_asks_for_the_log_and_alarms_from_within(
    synthesise: Synthesise, service: str
) -> None:
    pool = "[api]\nenabled = true\n[api.user_pool]\nenabled = true\n"
    endpoints = synthesise("prod", WITH_ENDPOINTS + pool).resources("aws_vpc_endpoint").values()

    (one,) = [each for each in endpoints if each["service_name"].endswith(f".{service}")]
    assert one["vpc_endpoint_type"] == "Interface"


def test_without_a_vpc_id_the_stack_makes_no_endpoints(synthesise: Synthesise) -> None:
    assert synthesise("prod", INSIDE).resources("aws_vpc_endpoint") == {}


def test_network_interfaces_are_lambdas_and_not_the_codes(inside: Synthesis) -> None:
    found = statements_of_function(inside)
    joining, refused = found["JoinNetwork"], found["LeaveNetworkToLambda"]

    assert (joining["Effect"], refused["Effect"]) == ("Allow", "Deny")
    assert refused["Action"] == joining["Action"]
    (function,) = refused["Condition"]["ArnEquals"].values()
    assert function == inside.environment.function_arn()


def test_other_environments_stay_outside(prod: Synthesis) -> None:
    (function,) = prod.resources("aws_lambda_function").values()

    assert "vpc_config" not in function
    assert not any("ec2:" in str(one) for one in statements_of_function(prod).values())


@pytest.mark.parametrize("identity", ["planner", "deployer"])
def test_who_deploys_may_look_at_the_network(inside: Synthesis, identity: str) -> None:
    granted = str(policies(inside.environment, identity))

    assert "ec2:DescribeSubnets" in granted
    assert ("ec2:CreateVpcEndpoint" in granted) == (identity == "deployer")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f'{INSIDE}vpc_id = "vpc-0a1b2c3d"\n', "route_table_ids must be given if vpc_id is"),
        (f'{INSIDE}route_table_ids = ["rtb-0a1b2c3d"]\n', "vpc_id must be given"),
        (INSIDE.replace(', "subnet-1a1b2c3d"', ""), "subnet_ids"),
        (INSIDE.replace("sg-0a1b2c3d", "group"), "security_group_ids"),
    ],
)
def test_half_a_network_is_refused(synthesise: Synthesise, text: str, told: str) -> None:
    with pytest.raises(EnvironmentFileError, match=told):
        synthesise("prod", text)
