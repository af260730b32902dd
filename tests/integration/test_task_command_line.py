"""Tasks as an operator makes and follows them: `cqrs task` against the deployed stack."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cqrs.aws.item_store import Put
from cqrs.core.clock import now_iso
from cqrs.events.types import LARGEST_PAYLOAD
from cqrs.services import Services
from cqrs.tasks.keys import STEP_FUNCTION, TaskKey
from cqrs.tasks.models import TaskKind, TaskStatus
from tests.integration.command_line import CQRS, CommandLine, watching
from tests.integration.deployed import Deployed

pytestmark = pytest.mark.verifiable

TYPE = "route_distances"
PLACES = {"JFK": (40.639751, -73.778925), "LAX": (33.942536, -118.408074), "KIX": (34.43, 135.24)}
UNKNOWN = [f"X{number}" for number in range(7)]


@pytest.fixture
def cqrs(deployed: Deployed) -> CommandLine:
    return CommandLine(deployed.endpoint)


@pytest.fixture
def airports(services: Services, tenant: str) -> list[str]:
    """Some airports of the tenant, applied."""
    for iata, (latitude, longitude) in PLACES.items():
        services.commands.publish_sync(
            f"AIRPORT#{tenant}",
            f"AIRPORT#{iata}",
            attributes={"country": "x", "latitude": latitude, "longitude": longitude},
        )
    return list(PLACES)


def create(cqrs: CommandLine, tenant: str, *options: str, code: int = 0) -> Any:
    return cqrs.json("task", "create", TYPE, "--tenant", tenant, *options, code=code)


def items_file(folder: Path, origins: list[str]) -> str:
    file = folder / "items.json"
    file.write_text(json.dumps([{"origin": origin} for origin in origins]))
    return str(file)


@pytest.fixture
def failed_task(cqrs: CommandLine, tenant: str, airports: list[str], tmp_path: Path) -> Any:
    """A task of three good sub-tasks and seven bad ones, at its end."""
    file = items_file(tmp_path, [*airports, *UNKNOWN])
    return create(cqrs, tenant, "--items", file, "--watch", code=1)


@pytest.fixture
def endless(services: Services, tenant: str) -> TaskKey:
    """A sub-task that nothing works off."""
    key = TaskKey.make(STEP_FUNCTION, tenant, TYPE).sub_task(1)
    item = {
        **key.to_mapping(),
        "kind": TaskKind.SUB_TASK.value,
        "status": TaskStatus.CREATED.value,
        "createdAt": now_iso(),
    }
    services.store.put(Put(services.settings.tasks_table, item))
    return key


@pytest.mark.usefixtures("airports")
def test_a_single_task_is_made_and_followed(cqrs: CommandLine, tenant: str):
    made = create(cqrs, tenant, "--input", '{"origin": "JFK"}')
    assert made["id"] == f"{made['pk']}/{made['sk']}"

    ended = cqrs.json("task", "status", made["id"], "--watch")

    assert (ended["status"], ended["kind"], ended["type"]) == ("COMPLETED", "SINGLE", TYPE)
    assert ended["input"] == {"origin": "JFK"}
    assert (ended["result"]["routes"], ended["result"]["farthest"]["iata"]) == (2, "KIX")
    assert ended["created_at"] <= ended["started_at"] <= ended["finished_at"]
    assert cqrs.json("task", "status", made["id"]) == ended


@pytest.mark.usefixtures("airports")
def test_a_task_with_sub_tasks_is_watched_to_its_end(
    cqrs: CommandLine, tenant: str, tmp_path: Path
):
    ended = create(cqrs, tenant, "--items", items_file(tmp_path, list(PLACES)), "--watch")

    assert (ended["status"], ended["kind"]) == ("COMPLETED", "STEP_FUNCTION")
    assert [ended[name] for name in ("total", "running", "succeeded", "failed")] == [3, 0, 3, 0]
    assert ended["failed_sub_tasks"] == []
    listed = cqrs.json("task", "sub-tasks", ended["id"])
    assert listed["cursor"] is None
    assert [(sub["number"], sub["status"], sub["result"]["origin"]) for sub in listed["items"]] == [
        (1, "COMPLETED", "JFK"),
        (2, "COMPLETED", "LAX"),
        (3, "COMPLETED", "KIX"),
    ]


def test_failed_sub_tasks_are_told(cqrs: CommandLine, failed_task: Any):
    assert failed_task["status"] == "FAILED"
    assert (failed_task["succeeded"], failed_task["failed"]) == (3, 7)
    first = failed_task["failed_sub_tasks"]
    assert [sub["number"] for sub in first] == [4, 5, 6, 7, 8]
    assert first[0]["error"] == "NotFoundError"
    assert "AIRPORT#X0 does not exist" in first[0]["cause"]

    shown = cqrs.run("task", "status", failed_task["id"])

    assert shown.returncode == 0
    assert "AIRPORT#X0 does not exist" in shown.stdout
    assert f"cqrs task sub-tasks --failed '{failed_task['id']}'" in shown.stdout
    one = cqrs.json("task", "status", first[0]["id"], "--watch", code=1)
    assert (one["kind"], one["status"], one["input"]) == ("SUB_TASK", "FAILED", {"origin": "X0"})


def test_failed_sub_tasks_are_listed_by_pages(cqrs: CommandLine, failed_task: Any):
    listing = ["task", "sub-tasks", failed_task["id"], "--failed", "--limit", "4"]

    first = cqrs.json(*listing)
    rest = cqrs.json(*listing, "--cursor", first["cursor"])

    assert [sub["number"] for sub in first["items"] + rest["items"]] == list(range(4, 11))
    assert rest["cursor"] is None
    exactly = cqrs.json("task", "sub-tasks", failed_task["id"], "--failed", "--limit", "7")
    assert (len(exactly["items"]), exactly["cursor"]) == (7, None)


def test_what_failed_is_run_again_once_its_cause_is_mended(
    cqrs: CommandLine, services: Services, tenant: str, failed_task: Any
):
    before = cqrs.json("task", "sub-tasks", failed_task["id"], "--limit", "3")["items"]
    for iata in UNKNOWN[:-1]:
        services.commands.publish_sync(
            f"AIRPORT#{tenant}",
            f"AIRPORT#{iata}",
            attributes={"country": "x", "latitude": 1.5, "longitude": 2.5},
        )

    again = cqrs.json("task", "retry", failed_task["id"], "--watch", code=1)

    assert (again["status"], again["attempt"]) == ("FAILED", 1)
    assert [again[name] for name in ("total", "running", "succeeded", "failed")] == [10, 0, 9, 1]
    assert cqrs.json("task", "sub-tasks", failed_task["id"], "--limit", "3")["items"] == before
    services.commands.publish_sync(
        f"AIRPORT#{tenant}",
        f"AIRPORT#{UNKNOWN[-1]}",
        attributes={"country": "x", "latitude": 1.5, "longitude": 2.5},
    )
    ended = cqrs.json("task", "retry", failed_task["id"], "--watch")
    assert (ended["status"], ended["attempt"], ended["failed"]) == ("COMPLETED", 2, 0)
    refused = cqrs.json("task", "retry", failed_task["id"], code=1)
    assert "only one that FAILED is run again" in refused["message"]


def test_a_single_task_is_run_again(cqrs: CommandLine, tenant: str, services: Services):
    failed = create(cqrs, tenant, "--input", '{"origin": "JFK"}', "--watch", code=1)
    for iata, (latitude, longitude) in PLACES.items():
        services.commands.publish_sync(
            f"AIRPORT#{tenant}",
            f"AIRPORT#{iata}",
            attributes={"country": "x", "latitude": latitude, "longitude": longitude},
        )

    ended = cqrs.json("task", "retry", failed["id"], "--watch")

    assert (ended["status"], ended["attempt"], ended["error"]) == ("COMPLETED", 1, None)


@pytest.mark.usefixtures("airports")
def test_items_may_be_json_lines_on_standard_input(deployed: Deployed, tenant: str):
    ended = subprocess.run(
        [CQRS, "task", "create", TYPE, "--tenant", tenant, "--items", "-", "--watch", "--json"],
        env={**os.environ, "AWS_ENDPOINT_URL": deployed.endpoint},
        input='{"origin": "JFK"}\n\n{"origin": "KIX"}\n',
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0
    assert json.loads(ended.stdout)["succeeded"] == 2
    assert json.loads(ended.stdout)["id"] == json.loads(ended.stderr)["id"]


def test_people_see_a_bar_on_stderr_and_the_result_on_stdout(
    cqrs: CommandLine, tenant: str, airports: list[str], tmp_path: Path
):
    file = items_file(tmp_path, [airports[0], "NOWHERE"])

    ended = cqrs.run_before_a_person(
        "task", "create", TYPE, "--tenant", tenant, "--items", file, "--watch"
    )

    assert ended.returncode == 1
    assert "2/2" in ended.stderr
    assert "1 failed" in ended.stderr
    assert "2/2" not in ended.stdout
    assert "AIRPORT#NOWHERE does not exist" in ended.stdout


def test_tasks_are_listed_by_type_and_status(cqrs: CommandLine, tenant: str, failed_task: Any):
    single = create(cqrs, tenant, "--input", '{"origin": "JFK"}', "--watch")
    listing = ["task", "list", "--tenant", tenant]

    newest = cqrs.json(*listing, "--limit", "1")
    rest = cqrs.json(*listing, "--limit", "1", "--cursor", newest["cursor"])

    found = [task["id"] for task in newest["items"] + rest["items"]]
    assert found == [single["id"], failed_task["id"]]
    (failed,) = cqrs.json(*listing, "--status", "FAILED")["items"]
    assert (failed["id"], failed["total"], failed["failed"]) == (failed_task["id"], 10, 7)
    assert len(cqrs.json(*listing, "--type", TYPE)["items"]) == 2
    assert cqrs.json(*listing, "--type", "other")["items"] == []
    assert cqrs.json("task", "list", "--tenant", f"{tenant}x")["items"] == []


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_watching_ends_with_ctrl_c(deployed: Deployed, endless: TaskKey, options: list[str]):
    terminal, its_end = os.openpty()
    command = ("task", "status", str(endless), "--watch", *options)
    with watching(deployed.endpoint, *command, stderr=its_end) as process:
        os.close(its_end)
        shown = "" if options else read_until(terminal, TaskStatus.CREATED)
        if options:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(5)
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=30)
    shown += read_until(terminal, "\0")

    assert process.returncode == 130
    assert "Traceback" not in printed + shown
    if options:
        assert (json.loads(printed)["error"], shown) == ("Interrupted", "")
    else:
        assert "Interrupted" in shown


def read_until(terminal: int, word: str) -> str:
    """Read what a program shows on its terminal, up to a word or its end."""
    shown = ""
    while word not in shown:
        try:
            part = os.read(terminal, 1000)
        except OSError:  # Linux tells the other side's end so
            part = b""
        if not part:
            break
        shown += part.decode(errors="replace")
    return shown


NO_TASK = "SFN_TASK#nobody/route_distances#01ARZ3NDEKTSV4RRFFQ69G5FAV"
CREATE = ["task", "create", TYPE, "--tenant", "acme"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["task"], 2, "Missing command"),
        (["task", "create", TYPE, "--input", "1"], 2, "--tenant"),
        (CREATE, 2, "either --items or --input"),
        ([*CREATE, "--items", "a.json", "--input", "1"], 2, "either --items or --input"),
        ([*CREATE, "--items", "no-such.json"], 2, "no-such.json cannot be read"),
        ([*CREATE, "--input", "@no-such.json"], 2, "no-such.json cannot be read"),
        ([*CREATE, "--input", "{"], 2, "--input is not JSON"),
        ([*CREATE, "--input", "NaN"], 2, "it holds NaN"),
        ([*CREATE, "--input", "[" * 100_000], 2, "nested too deep"),
        ([*CREATE[:2], "fly", *CREATE[3:], "--input", "1"], 1, "No handler is registered"),
        ([*CREATE[:4], "a#b", "--input", "1"], 1, "must have no #"),
        (["task", "status", "JFK"], 1, "is not the id of a task"),
        (["task", "status", NO_TASK], 1, "There is no task"),
        (["task", "status", NO_TASK, "--watch"], 1, "There is no task"),
        (["task", "sub-tasks", NO_TASK], 1, "There is no task"),
        (["task", "sub-tasks", f"{NO_TASK}#0001"], 2, "is a sub-task itself"),
        (["task", "list", "--tenant", "acme", "--status", "LOST"], 2, "LOST"),
        (["task", "list", "--tenant", "acme", "--limit", "101"], 2, "--limit"),
    ],
)
def test_refusals_say_why_in_one_line(cqrs: CommandLine, arguments, code, says):
    ended = cqrs.run(*arguments)

    assert ended.returncode == code
    assert ended.stdout == ""
    assert says in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr
    assert says in json.dumps(cqrs.json(*arguments, code=code))


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"[]", 1, "items is empty"),
        (b"", 1, "items is empty"),
        (b"[1, 2", 2, "--items is not JSON"),
        (b'{"origin": "JFK"}\n{"origin"\n', 2, "line 2 of --items is not JSON"),
        (b"\xff\xfd", 2, "items.json is not UTF-8"),
        (json.dumps(["x" * LARGEST_PAYLOAD]).encode(), 1, "Lambda takes 6,291,456 at most"),
        (json.dumps(list(range(5000))).encode(), 1, "fit into one task"),
    ],
    ids=["empty array", "empty file", "array", "line", "bytes", "large", "many"],
)
def test_items_that_no_task_takes_are_refused(
    cqrs: CommandLine, tenant: str, tmp_path: Path, content: bytes, code: int, says: str
):
    file = tmp_path / "items.json"
    file.write_bytes(content)

    refused = create(cqrs, tenant, "--items", str(file), code=code)

    assert says in refused["message"]
    assert cqrs.json("task", "list", "--tenant", tenant)["items"] == []
