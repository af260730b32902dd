"""Lost tables are replaced by restored ones, step by step as docs/backup.md says.

The stack is one of its own, as its tables are deleted.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.airports_by_country import READ_MODEL, partition_of
from cqrs.aws.clients import Clients
from cqrs.commands.sync_handlers import SyncHandlers
from cqrs.services import Services
from cqrs.settings import Settings
from tests.integration.command_line import CommandLine
from tests.integration.conftest import ENVIRONMENT, REGION
from tests.integration.deployed import Deployed, wait_for
from tests.integration.identities import session
from tooling.deployment import Deployment
from tooling.ministack import MiniStack

PK = "AIRPORT#acme"
ITEMS = 5


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("restore")
    with MiniStack(folder / "ministack.log", settings={"SFN_WAIT_SCALE": "0.1"}) as emulator:
        endpoint = emulator.endpoint_url
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", endpoint)
            deployment = Deployment(
                ENVIRONMENT, endpoint_url=endpoint, work_folder=folder, log=folder / "cdktf.log"
            )
            deployment.deploy()
            outputs = deployment.outputs()
            services = Services(
                Settings.from_mapping(outputs), Clients(session(REGION)), SyncHandlers()
            )
            yield Deployed(deployment, endpoint, services, outputs)


def publish(own: Deployed, version: int) -> None:
    """Publish a version of all items, and wait until it is applied."""
    for number in range(ITEMS):
        attributes = {"country": f"Country {version}"}
        made = own.services.commands.publish(PK, f"AIRPORT#{number}", attributes=attributes)
        assert own.end_of(made.key).status == "FINISHED"
        assert made.key.version == version


def versions(own: Deployed) -> list[list[int]]:
    """Versions of all items, each with the history before it."""
    services = own.services
    found = []
    for number in range(ITEMS):
        sk = f"AIRPORT#{number}"
        state = services.data.get(PK, sk)
        kept = services.history.list(PK, sk).items
        found.append([state.version if state else 0, *(one.version for one in kept)])
    return found


def put_in_place(own: Deployed, table: str, restored: str) -> None:
    """Let a restored table take the name of a lost one, which is gone by then."""
    dynamodb = own.services.clients.dynamodb
    backup = dynamodb.create_backup(TableName=restored, BackupName=f"{restored}-copy")
    arn = backup["BackupDetails"]["BackupArn"]
    dynamodb.restore_table_from_backup(TargetTableName=table, BackupArn=arn)
    wait_for(lambda: is_active(own, table) or None, f"the table {table}")
    dynamodb.delete_table(TableName=restored)


def is_active(own: Deployed, table: str) -> bool:
    described = own.services.clients.dynamodb.describe_table(TableName=table)["Table"]
    return bool(described["TableStatus"] == "ACTIVE")


def concurrency(own: Deployed) -> int | None:
    """The concurrency that is reserved for the function."""
    found = own.services.clients.lambda_.get_function_concurrency(
        FunctionName=own.services.settings.function_name
    )
    reserved: int | None = found.get("ReservedConcurrentExecutions")
    return reserved


def test_lost_tables_are_replaced_by_restored_ones_with_order_intact(own: Deployed) -> None:
    dynamodb, settings = own.services.clients.dynamodb, own.services.settings
    cqrs = CommandLine(own.endpoint)
    data, commands = settings.data_table, settings.commands_table
    publish(own, 1)
    publish(own, 2)
    # Emulator difference: it restores a table as it is now, whatever the time that is asked for.
    for table in (data, settings.history_table):
        dynamodb.restore_table_to_point_in_time(
            SourceTableName=table, TargetTableName=f"{table}-restored", UseLatestRestorableTime=True
        )
    publish(own, 3)
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=commands, TargetTableName=f"{commands}-restored",
        UseLatestRestorableTime=True,
    )  # fmt: skip
    assert versions(own) == [[3, 2, 1]] * ITEMS
    own.services.clients.lambda_.put_function_concurrency(
        FunctionName=settings.function_name, ReservedConcurrentExecutions=0
    )
    assert concurrency(own) == 0

    for table in (data, settings.history_table, commands):
        dynamodb.delete_table(TableName=table)
        put_in_place(own, table, f"{table}-restored")
    planned = own.deployment.planned_changes()
    functions = [
        planned[address] for address in planned if address.startswith("aws_lambda_function.")
    ]
    assert functions == [["update"]]
    own.deployment.deploy(auto_approve=True)
    assert concurrency(own) is None

    # The stream is on again, under another ARN, which the function follows.
    described = dynamodb.describe_table(TableName=commands)["Table"]
    mappings = own.services.clients.lambda_.list_event_source_mappings()["EventSourceMappings"]
    assert described["LatestStreamArn"] in [one.get("EventSourceArn") for one in mappings]
    assert dynamodb.describe_time_to_live(TableName=data)["TimeToLiveDescription"][
        "TimeToLiveStatus"
    ] in {"ENABLED", "ENABLING"}
    assert own.deployment.planned_changes() == {}
    assert versions(own) == [[2, 1]] * ITEMS

    found = cqrs.json("doctor", "--restored", code=1)["items"]
    assert [one["subject"] for one in sorted(found, key=lambda one: one["subject"])] == [
        f"{PK} AIRPORT#{number}" for number in range(ITEMS)
    ]
    fixed = cqrs.json("doctor", "--restored", "--fix")["items"]
    assert all(one["fixed"] for one in fixed)
    wait_for(lambda: versions(own) == [[3, 2, 1]] * ITEMS or None, "the commands applied again")

    assert cqrs.json("doctor", "--restored")["items"] == []
    publish(own, 4)
    assert versions(own) == [[4, 3, 2, 1]] * ITEMS
    shown = own.services.read_models.list_all(READ_MODEL, partition_of("Country 4", "acme"))
    assert len(list(shown)) == ITEMS
