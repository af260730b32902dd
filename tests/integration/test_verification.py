"""`make verify` on the emulator: what it runs, what it sees, and that it leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.airport_closure import AIRPORT_CLOSURE
from cli.deployed.connection import connect
from cqrs.storage.large_values import INLINE_BYTES
from tests.integration.closures import Closures
from tests.integration.conftest import REGION
from tests.integration.deployed import Deployed, wait_for
from tests.integration.identities import root
from tooling.verification.assumptions import Subject
from tooling.verification.cleaning import Cleaner
from tooling.verification.observations import HEADER
from tooling.verification.run import tables_of

TESTS = "three_versions_published_at_once or what_is_approved_is_done"
REMOVED = re.compile(r"Removed (\d+) items and objects")


@pytest.fixture(autouse=True)
def on_ministack(deployed: Deployed) -> None:
    """MiniStack is the emulator that `make verify` knows; the differences that it lists are its."""
    if deployed.is_localstack:
        pytest.skip("make verify knows the differences of MiniStack only.")


@pytest.fixture
def outputs(deployed: Deployed, tmp_path: Path) -> Path:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({k: {"value": v} for k, v in deployed.outputs.items()}))
    return file


def verify(deployed: Deployed, outputs: Path) -> subprocess.CompletedProcess[str]:
    arguments = ["verify", "local", "--outputs", str(outputs), "--tests", TESTS]
    return subprocess.run(
        [sys.executable, "-m", "tooling", *arguments],
        env={**os.environ, "AWS_ENDPOINT_URL": deployed.endpoint},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def everything(deployed: Deployed) -> set[tuple[str, str, str]]:
    """Keys of all items and of all versions of objects, whoever's they are."""
    clients, settings = deployed.services.clients, deployed.services.settings
    found: set[tuple[str, str, str]] = set()
    for table in tables_of(settings):
        for page in clients.dynamodb.get_paginator("scan").paginate(TableName=table):
            found |= {(table, item["pk"]["S"], item["sk"]["S"]) for item in page["Items"]}
    versions = clients.s3.get_paginator("list_object_versions").paginate(Bucket=settings.bucket)
    for page in versions:
        for entry in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            found.add((settings.bucket, entry["Key"], entry["VersionId"]))
    return found


def resources(deployed: Deployed) -> set[str]:
    """Names of functions, state machines, buckets and roles, of which a run makes one each."""
    owner = root(deployed.endpoint, REGION)
    functions = owner.client("lambda").list_functions()["Functions"]
    machines = owner.client("stepfunctions").list_state_machines()["stateMachines"]
    buckets = owner.client("s3").list_buckets()["Buckets"]
    roles = owner.client("iam").list_roles()["Roles"]
    return {
        *(one["FunctionName"] for one in functions),
        *(one["name"] for one in machines),
        *(one["Name"] for one in buckets),
        *(one["RoleName"] for one in roles),
    }


def running(deployed: Deployed) -> list[str]:
    """Executions that wait for an approval."""
    machine = deployed.services.settings.state_machine_arn(AIRPORT_CLOSURE)
    listed = deployed.services.clients.step_functions.list_executions(
        stateMachineArn=machine, statusFilter="RUNNING"
    )
    return [one["name"] for one in listed["executions"]]


def test_an_environment_is_verified_and_left_as_it_was(
    deployed: Deployed, outputs: Path, tenant: str
):
    deployed.services.commands.publish_sync(f"NOTE#{tenant}", "NOTE#1", attributes={"n": 1})
    before, made_before = everything(deployed), resources(deployed)

    ended = verify(deployed, outputs)

    told = ended.stdout
    assert ended.returncode == 0, told + ended.stderr
    assert "account 000000000000, region ap-northeast-1" in told
    assert re.search(r"it costs at most \d\.\d\d USD", told)
    assert "2 passed" in told
    assert all(f"| {subject} |" in told for subject in Subject)
    assert "| no |" not in told
    assert int(REMOVED.search(told)[1]) > 100
    assert everything(deployed) == before
    assert resources(deployed) == made_before


def test_all_that_tests_leave_behind_is_removed(deployed: Deployed, outputs: Path, tenant: str):
    before = everything(deployed)
    leave_behind(deployed, tenant)
    assert {"attributes", "imports", "uploads"} <= folders(everything(deployed) - before)
    assert any(tenant in name for name in running(deployed))
    connection = connect("local", outputs)
    settings, clients = connection.settings, connection.services.clients
    tables = tables_of(settings)

    cleaner = Cleaner(connection.environment, clients, tables, settings.bucket, tenant)
    removed, left = cleaner.clean()

    assert (removed > 20, left.total) == (True, 0)
    assert everything(deployed) == before
    assert not any(tenant in name for name in running(deployed))


def leave_behind(deployed: Deployed, tenant: str) -> None:
    """Leave an execution that waits, a large value, and an import with a rejected row."""
    services, bucket = deployed.services, deployed.services.settings.bucket
    Closures(deployed, tenant).ask()
    large = {"text": "x" * INLINE_BYTES * 2}
    services.commands.publish_sync(f"NOTE#{tenant}", "NOTE#1", attributes=large)
    key = f"uploads/{tenant}/one.csv"
    services.clients.s3.put_object(
        Bucket=bucket, Key=key, Body=f"{HEADER}\nXXX,N,A,NA,USA,95.2,0\n"
    )
    made = services.imports.create_csv_import(bucket, key, "airports", tenant, "DIRECT")

    def ended() -> bool | None:
        job = services.imports.get(made)
        assert job is not None
        return job.status.is_final or None

    wait_for(ended, "the import's end")


def folders(keys: set[tuple[str, str, str]]) -> set[str]:
    return {key.split("/")[0] for _, key, _ in keys}
