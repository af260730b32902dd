"""An environment that changes its lane, by `make up` in a copy of the project, and changes back.

The emulator enforces permissions. The function has none to describe, list or stop an Express
execution, as AWS does none of the three.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from cqrs.aws.clients import Clients
from cqrs.commands.starter import ENDED_BY
from cqrs.commands.sync_handlers import SyncHandlers
from cqrs.resources import StateMachine
from cqrs.services import Services
from cqrs.storage.paging import LONGEST_PAGE
from stacks.environment.file import load
from tests.integration.deployed import wait_for
from tests.integration.identities import session
from tests.integration.left_behind import leave_behind
from tests.integration.project_copy import ProjectCopy, copy_project, entered_by_all
from tooling.localstack.suite import ENDPOINT_VARIABLE

LONGEST_COMMAND_SECONDS = 600
REGION = load("local", variables={}).region
PK = "NOTE#lanes"
ITEMS = [f"NOTE#{number}" for number in range(4)]

pytestmark = pytest.mark.skipif(
    bool(os.environ.get(ENDPOINT_VARIABLE)), reason="make up starts an emulator of its own"
)


class Environment:
    """The copy's environment, in the lane that it was deployed in last."""

    def __init__(self, project: ProjectCopy) -> None:
        self._project = project
        self._file = project.folder / "environments" / "local.toml"
        self._standard = self._file.read_text()
        self.services = self._connect("standard")

    def deploy(self, lane: str) -> None:
        """Deploy it in a lane."""
        section = f'[command]\nlane = "{lane}"'
        self._file.write_text(self._standard.replace("[command]", section))
        ended = self._project.run("make up", LONGEST_COMMAND_SECONDS)
        assert ended.returncode == 0, ended.stdout
        self.services = self._connect(lane)

    def cqrs(self, arguments: str) -> Any:
        ended = self.run(f"--json {arguments}")
        assert ended.returncode == 0, ended.stdout
        return json.loads(ended.stdout)

    def run(self, arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line as it is typed."""
        return self._project.run(f".venv/bin/cqrs {arguments}", LONGEST_COMMAND_SECONDS)

    def _connect(self, lane: str) -> Services:
        os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{self._project.port}"
        settings = replace(load("local").settings(), command_lane=lane)
        return Services(settings, Clients(session(REGION)), SyncHandlers())

    def publish(self, sk: str, n: int) -> int:
        """Publish the next version of an item."""
        result = self.services.commands.publish(PK, sk, attributes={"n": n})
        return result.key.version

    def command(self, sk: str, version: int) -> dict[str, Any]:
        table = self.services.settings.commands_table
        return self.services.store.get(table, PK, f"{sk}@{version}") or {}

    def wait_for_versions(self, versions: Mapping[str, int]) -> None:
        """Wait until items are at a version, and its command has ended."""

        def are_there() -> bool | None:
            ended = (self.command(sk, version).get("status") for sk, version in versions.items())
            return True if all(status == "FINISHED" for status in ended) else None

        wait_for(are_there, f"{versions}", 180)
        for sk, version in versions.items():
            assert self.services.data.get(PK, sk).version == version
            kept = [state.version for state in self.services.history.list(PK, sk).items]
            assert kept == [*range(version - 1, 0, -1)][:LONGEST_PAGE]


@pytest.fixture(scope="module")
def environment() -> Iterator[Environment]:
    with entered_by_all() as folder, pytest.MonkeyPatch.context() as patch:
        project = copy_project(folder / "clone")
        patch.setenv("AWS_ENDPOINT_URL", "")
        try:
            found = Environment(project)
            found.deploy("standard")
            yield found
        finally:
            project.run("make down", LONGEST_COMMAND_SECONDS)


class Publisher:
    """Publishes versions of all items until it is told to stop."""

    def __init__(self, publish: Callable[[str, int], int]) -> None:
        self.versions: dict[str, int] = {}
        self._publish = publish
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        number = 0
        while not self._stop.wait(0.5):
            number += 1
            for sk in ITEMS:
                self.versions[sk] = self._publish(sk, number)

    def __enter__(self) -> Publisher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def change_lane(environment: Environment, lane: str) -> Mapping[str, int]:
    """Change the lane while commands are published, and wait for the last of them."""
    with Publisher(environment.publish) as publisher:
        environment.deploy(lane)
        before = dict(publisher.versions)
        wait_for(
            lambda: all(publisher.versions[sk] > before[sk] for sk in ITEMS) or None,
            f"versions after the change to {lane}",
            60,
        )
    environment.wait_for_versions(publisher.versions)
    return publisher.versions


def test_its_lane_changes_while_commands_are_under_way(environment):
    for sk, version in change_lane(environment, "express").items():
        assert ENDED_BY not in environment.command(sk, 1)
        assert ENDED_BY in environment.command(sk, version)
    assert environment.cqrs("doctor")["items"] == []


def test_versions_of_an_item_are_applied_in_order_and_once_each(environment):
    sk = "NOTE#chain"
    for number in range(12):
        environment.publish(sk, number)

    environment.wait_for_versions({sk: 12})

    enders = [environment.command(sk, version)[ENDED_BY] for version in range(1, 13)]
    assert len(set(enders)) == 12
    ended = [environment.command(sk, version)["finishedAt"] for version in range(1, 13)]
    assert ended == sorted(ended)


def test_a_failure_stops_those_behind_it_and_a_retry_applies_them(environment):
    sk = "NOTE#failing"
    first = leave_behind(environment, PK, sk)
    environment.publish(sk, 2)
    environment.services.ordering.fail(first.key, 0, "Refused", "for a test")
    wait_for(lambda: environment.command(sk, 2).get("status") == "FAILED" or None, "a failure", 60)
    assert environment.command(sk, 2)["error"] == "PredecessorFailed"
    listed = environment.cqrs("executions --status FAILED")["items"]
    assert {entry["sk"] for entry in listed} == {f"{sk}@1", f"{sk}@2"}

    environment.cqrs(f"retry '{PK}' '{sk}@1'")

    environment.wait_for_versions({sk: 2})


def test_nobody_keeps_a_list_of_what_succeeded(environment):
    ended = environment.run("executions --status SUCCEEDED")

    assert ended.returncode == 2
    assert "must be one of RUNNING, FAILED" in re.sub(r"[\s│]+", " ", ended.stdout)
    standard = environment.cqrs(f"executions --machine {StateMachine.COMMAND} --status SUCCEEDED")
    assert standard["items"]


def test_it_changes_back(environment):
    for sk, version in change_lane(environment, "standard").items():
        assert ENDED_BY not in environment.command(sk, version)
