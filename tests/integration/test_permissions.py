"""The refusals of roles and identities, asked of the emulator itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from stacks.environment.file import load
from stacks.identities.policies import IDENTITIES, policies
from tests.integration.command_line import CommandLine
from tests.integration.conftest import ENVIRONMENT, REGION
from tests.integration.deployed import Deployed
from tests.integration.identities import Identity, policies_of_role, root, user

REFUSALS = {"AccessDenied", "AccessDeniedException", "AuthorizationError"}
OTHER = "somebody-elses"
"""Name of what is not the environment's."""

Request = Callable[[Identity, Deployed], Any]


@pytest.fixture(scope="module")
def owner(deployed: Deployed) -> Identity:
    if not deployed.is_ministack:
        pytest.skip("Only MiniStack enforces permissions.")
    return root(deployed.endpoint, REGION)


@pytest.fixture(scope="module")
def foreign(owner: Identity) -> None:
    """Resources of another application in the same account, which exist."""
    owner.client("s3").create_bucket(
        Bucket=OTHER, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    owner.client("dynamodb").create_table(
        TableName=OTHER,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    owner.client("sqs").create_queue(QueueName=OTHER)


@pytest.fixture(scope="module")
def holders(deployed: Deployed, owner: Identity, foreign: None) -> dict[str, Identity]:  # noqa: ARG001 - it makes what is refused
    """A user for each role of the stack and for each identity, by its name."""
    environment = load(ENVIRONMENT)
    roles = [environment.function_name, *map(environment.qualified, environment.state_machines)]
    by_role = {
        role.removeprefix(environment.prefix): user(owner, role, policies_of_role(owner, role))
        for role in roles
    }
    by_identity = {
        identity: user(owner, f"permitted-{identity}", policies(environment, identity))
        for identity in IDENTITIES
    }
    return {**by_role, **by_identity}


def get_item(name: str) -> Request:
    return lambda who, deployed: who.client("dynamodb").get_item(
        TableName=_qualified(deployed, name), Key=_key()
    )


def put_item(name: str) -> Request:
    return lambda who, deployed: who.client("dynamodb").put_item(
        TableName=_qualified(deployed, name), Item=_key()
    )


def delete_item(name: str) -> Request:
    return lambda who, deployed: who.client("dynamodb").delete_item(
        TableName=_qualified(deployed, name), Key=_key()
    )


def scan(name: str) -> Request:
    return lambda who, deployed: who.client("dynamodb").scan(TableName=_qualified(deployed, name))


def delete_table(name: str) -> Request:
    return lambda who, deployed: who.client("dynamodb").delete_table(
        TableName=_qualified(deployed, name)
    )


def put_object(bucket: str = "", key: str = "x") -> Request:
    return lambda who, deployed: _s3(who).put_object(
        Bucket=bucket or deployed.services.settings.bucket, Key=key, Body=b""
    )


def delete_object(key: str) -> Request:
    return lambda who, deployed: _s3(who).delete_object(
        Bucket=deployed.services.settings.bucket, Key=key
    )


def erase_version(key: str) -> Request:
    return lambda who, deployed: _s3(who).delete_object(
        Bucket=deployed.services.settings.bucket, Key=key, VersionId="x"
    )


def get_object(bucket: str) -> Request:
    return lambda who, _: _s3(who).get_object(Bucket=bucket, Key="x")


def send_message(name: str) -> Request:
    return lambda who, deployed: who.client("sqs").send_message(
        QueueUrl=deployed.services.settings.task_action_queue_url.rsplit("/", 1)[0]
        + f"/{_qualified(deployed, name)}",
        MessageBody="x",
    )


def invoke(name: str) -> Request:
    return lambda who, deployed: who.client("lambda").invoke(
        FunctionName=_qualified(deployed, name), Payload=b"{}"
    )


def start(machine: str) -> Request:
    return lambda who, deployed: who.client("stepfunctions").start_execution(
        stateMachineArn=deployed.outputs["state_machine_arns"]["command-handler"].replace(
            "local-cqrs-command-handler", machine
        ),
        input="{}",
    )


def write_own_policy(who: Identity, deployed: Deployed) -> None:
    who.client("iam").put_role_policy(
        RoleName=deployed.services.settings.function_name, PolicyName="more", PolicyDocument="{}"
    )


def update_function(who: Identity, deployed: Deployed) -> None:
    who.client("lambda").update_function_configuration(
        FunctionName=deployed.services.settings.function_name, Description="changed"
    )


def delete_queue(who: Identity, deployed: Deployed) -> None:
    who.client("sqs").delete_queue(QueueUrl=deployed.services.settings.task_action_queue_url)


def make_user(who: Identity, _: Deployed) -> None:
    who.client("iam").create_user(UserName="more")


def make_foreign_role(who: Identity, _: Deployed) -> None:
    who.client("iam").create_role(RoleName=OTHER, AssumeRolePolicyDocument="{}")


def _qualified(deployed: Deployed, name: str) -> str:
    return name if name == OTHER else f"{deployed.services.settings.resource_prefix}{name}"


def _key() -> dict[str, Any]:
    return {"pk": {"S": "PERMISSION#t"}, "sk": {"S": "1"}}


def _s3(who: Identity) -> Any:
    return who.client("s3", config=Config(s3={"addressing_style": "path"}))


MACHINES = ("command-handler", "task-handler", "import-csv", "country-report")

REFUSED: dict[str, dict[str, Request]] = {
    "main": {
        "delete a table": delete_table("data"),
        "delete an item": delete_item("data"),
        "scan a table": scan("commands"),
        "read another application's table": get_item(OTHER),
        "write another application's table": put_item(OTHER),
        "write another bucket": put_object(OTHER),
        "read another bucket": get_object(OTHER),
        "delete a file": delete_object("uploads/x"),
        "erase a version of a file": erase_version("uploads/x"),
        "remove the record of a discarded letter": delete_object("discarded/x"),
        "delete a queue": delete_queue,
        "write to another queue": send_message(OTHER),
        "start another machine": start(OTHER),
        "invoke a function": invoke("main"),
        "change its own code": update_function,
        "give itself more": write_own_policy,
    },
    **{
        machine: {
            "invoke another function": invoke(OTHER),
            "read a table": get_item("data"),
            "write a table": put_item("commands"),
            "send a message": send_message("task-action-queue"),
            "start another machine": start(OTHER),
            "write a file": put_object(key="uploads/x"),
            "give itself more": write_own_policy,
        }
        for machine in MACHINES
    },
    "reader": {
        "publish": put_item("commands"),
        "invoke the function": invoke("main"),
        "send a message": send_message("task-action-queue"),
        "start an execution": start("local-cqrs-command-handler"),
        "upload": put_object(key="uploads/x"),
        "write the record of a discarded letter": put_object(key="discarded/x"),
        "read another application's table": get_item(OTHER),
        "read approvals, which hold task tokens": get_item("approvals"),
    },
    "operator": {
        "write data past the commands": put_item("data"),
        "write history": put_item("history"),
        "write tasks": put_item("tasks"),
        "delete a command": delete_item("commands"),
        "find all of a tenant": scan("commands"),
        "erase a version of a file": erase_version("uploads/x"),
        "record an erasure": put_object(key="erasures/x"),
        "delete a table": delete_table("commands"),
        "write results": put_object(key="import-results/x"),
        "write the body of a letter": put_object(key="dead-letters/commands/x"),
        "remove the record of a discarded letter": delete_object("discarded/x"),
        "write another bucket": put_object(OTHER),
        "invoke another function": invoke(OTHER),
        "change the function": update_function,
        "give more": write_own_policy,
        "delete a queue": delete_queue,
    },
    "eraser": {
        "publish": put_item("commands"),
        "write a file": put_object(key="uploads/x"),
        "write the record of a discarded letter": put_object(key="discarded/x"),
        "delete a table": delete_table("commands"),
        "delete another application's items": delete_item(OTHER),
        "delete a queue": delete_queue,
        "give itself more": write_own_policy,
    },
    "planner": {
        "read data": get_item("data"),
        "write data": put_item("data"),
        "delete a table": delete_table("data"),
        "change the function": update_function,
        "invoke the function": invoke("main"),
        "give more": write_own_policy,
    },
    "deployer": {
        "read data": get_item("data"),
        "write data": put_item("commands"),
        "delete another application's table": delete_table(OTHER),
        "write another bucket": put_object(OTHER),
        "invoke the function": invoke("main"),
        "make a user": make_user,
        "make another application's role": make_foreign_role,
    },
}


@pytest.mark.parametrize(
    ("holder", "what"), [(holder, what) for holder, all_of in REFUSED.items() for what in all_of]
)
def test_what_is_not_needed_is_refused(
    deployed: Deployed, holders: dict[str, Identity], holder: str, what: str
):
    with pytest.raises(ClientError) as refusal:
        REFUSED[holder][what](holders[holder], deployed)

    assert refusal.value.response["Error"]["Code"] in REFUSALS, refusal.value


ALLOWED: dict[str, list[Request]] = {
    "main": [get_item("data"), put_item("approvals"), put_object(key="large/x")],
    "command-handler": [invoke("main")],
    "import-csv": [invoke("main"), put_object(key="import-results/x")],
    "reader": [get_item("commands"), get_item("data")],
    "operator": [get_item("data"), put_object(key="uploads/x"), delete_object("uploads/x")],
}


@pytest.mark.parametrize("holder", ALLOWED)
def test_what_is_needed_is_allowed(deployed: Deployed, holders: dict[str, Identity], holder: str):
    for request in ALLOWED[holder]:
        request(holders[holder], deployed)


def command_line(deployed: Deployed, who: Identity) -> CommandLine:
    return CommandLine(deployed.endpoint, who.variables)


def test_an_operator_publishes_follows_and_repairs(
    deployed: Deployed, holders: dict[str, Identity], pk: str, tenant: str
):
    cqrs = command_line(deployed, holders["operator"])

    cqrs.json("publish", pk, "AIRPORT#1", "--attributes", '{"country": "Japan"}', "--wait")
    assert cqrs.json("get", pk, "AIRPORT#1")["version"] == 1
    cqrs.json("history", pk, "AIRPORT#1")
    cqrs.json("get-command", pk, "AIRPORT#1@1")
    story = cqrs.json("explain", pk, "AIRPORT#1@1", "--graph")
    assert story["executions"][0]["graph"]
    assert story["unknown"] == []
    cqrs.json("executions", "--machine", "command-handler")
    cqrs.json("doctor", code=None)
    cqrs.json("dead-letters")
    cqrs.json("redrive", "commands")
    deployed.services.clients.sqs.send_message(
        QueueUrl=deployed.outputs["dead_letter_queue_urls"]["tasks"], MessageBody=tenant
    )
    (letter,) = cqrs.json("dead-letters", "tasks")["items"]
    message = ("tasks", letter["message"])
    (given_up,) = cqrs.json("discard", *message, "--reason", "test", "--yes")["items"]
    assert given_up["result"] == "discarded"
    created = cqrs.json(
        "task", "create", "route_distances", "--tenant", tenant, "--input", '{"origin": "JFK"}'
    )
    assert created
    cqrs.json("task", "list", "--tenant", tenant)


def test_a_reader_sees_and_cannot_publish(
    deployed: Deployed, holders: dict[str, Identity], pk: str
):
    cqrs = command_line(deployed, holders["reader"])
    deployed.services.commands.publish_sync(pk, "AIRPORT#1", attributes={"country": "Japan"})

    assert cqrs.json("get", pk, "AIRPORT#1")["version"] == 1
    cqrs.json("history", pk, "AIRPORT#1")
    assert cqrs.json("explain", pk, "AIRPORT#1@1")["unknown"] == []
    assert cqrs.json("logs", "--since", "1h", "--tenant", "nobody") == {"items": []}
    cqrs.json("executions", "--machine", "command-handler")
    cqrs.json("dead-letters")
    cqrs.json("discarded")
    refused = cqrs.run("publish", pk, "AIRPORT#1", "--attributes", "{}")
    assert refused.returncode == 1
    assert "not authorized" in refused.stdout + refused.stderr


def test_a_plan_needs_no_more_than_reading(deployed: Deployed, holders: dict[str, Identity]):
    planner = replace(deployed.deployment, settings=holders["planner"].variables)
    planner.synth()

    changes = planner.planned_changes()

    deployed.deployment.synth()
    assert changes == {}
