"""`cqrs erase` and `cqrs export` before a person, and for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cqrs.aws.item_store import Update
from cqrs.commands.models import CommandStatus
from cqrs.core.keys import ItemKey
from cqrs.services import Services
from tests.unit.operating import Operator

pytestmark = pytest.mark.moto_tables

PK = "PERSON#acme"


@pytest.fixture
def cqrs(
    services: Services, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Operator:
    monkeypatch.setattr("cqrs.dead_letters.queue.LONG_POLL_SECONDS", 0)
    # Read models are the function's, and none is deployed here.
    monkeypatch.setattr("cli.groups.erasure.invoke_action", lambda *_given: 0)
    for number in range(3):
        services.commands.publish_sync(PK, f"PERSON#{number}", name="Jane", attributes={})
    return Operator(services, monkeypatch, capsys)


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    class Person:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            return f"{text}\n"

    monkeypatch.setattr("sys.stdin", Person())


def left(services: Services) -> int:
    return len(services.data.list(PK).items)


def test_a_dry_run_counts_and_erases_nothing(cqrs: Operator, services: Services) -> None:
    counts = {
        row["store"]: row["entries"] for row in cqrs.items("erase", "tenant", "acme", "--dry-run")
    }

    assert (counts["table data"], counts["table commands"]) == (3, 3)
    assert left(services) == 3


def test_nothing_is_erased_without_a_reason_or_a_person(cqrs: Operator, services: Services) -> None:
    assert cqrs.run("erase", "tenant", "acme", "--yes").code == 2
    ended = cqrs.run("erase", "tenant", "acme", "--reason", "x")

    assert ended.code == 2
    assert "--yes" in ended.err
    assert left(services) == 3


@pytest.mark.parametrize(("typed", "expected"), [("acme", 0), ("y", 3), ("", 3)])
def test_a_person_types_the_tenants_code(
    cqrs: Operator, services: Services, monkeypatch: pytest.MonkeyPatch, typed: str, expected: int
) -> None:
    answer(monkeypatch, typed)

    ended = cqrs.run("erase", "tenant", "acme", "--reason", "x", "--by", "ann")

    assert ended.code == (1 if expected else 0), ended
    assert left(services) == expected
    assert ("backups" in ended.out) is True


def test_an_erasure_tells_what_expires_when_and_is_listed(cqrs: Operator) -> None:
    ended = cqrs.run(
        "--json", "erase", "item", PK, "PERSON#1", "--reason", "asked for", "--by", "ann", "--yes"
    )

    told = {one["store"]: one["until"] for one in ended.document["expires"]}
    assert ended.document["status"] == "DONE"
    assert "Jane" not in ended.out
    assert told["histories of executions"] > told["streams of tables"]
    assert any(store.startswith("log /aws/lambda/") for store in told)
    (row,) = cqrs.items("erasures")
    assert (row["tenant"], row["by"], row["reason"]) == ("acme", "ann", "asked for")
    assert "PERSON#1" not in json.dumps(row)


def test_a_mistyped_key_leaves_the_exports_of_its_tenant(
    cqrs: Operator, services: Services
) -> None:
    made = cqrs.run("--json", "export", "run", "acme", "--by", "ann").document
    item, reason = ("erase", "item", PK, "PERSON#none"), ("--reason", "x", "--yes")

    counted, ended = cqrs.run(*item, "--dry-run"), cqrs.run(*item, *reason)
    tenant = cqrs.run("erase", "tenant", "acne", *reason)

    assert (counted.code, ended.code, tenant.code) == (0, 1, 1)
    for told in (f"{counted.out} {counted.err}", ended.err, tenant.err):
        assert "Nothing is kept of" in " ".join(told.split())
    assert cqrs.items("erasures") == []
    assert [one["id"] for one in cqrs.items("export", "list", "acme")] == [made["id"]]
    assert cqrs.run(*item, *reason, "--anyway").code == 0
    assert cqrs.items("export", "list", "acme") == []
    assert left(services) == 3


def test_rows_of_read_models_elsewhere_are_counted(
    cqrs: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    def act(_services: Services, action: str, payload: dict[str, Any]) -> int:
        is_first = (action, payload) not in asked
        asked.append((action, payload))
        return 4 if is_first or "dry_run" in payload else 0

    monkeypatch.setattr("cli.groups.erasure.invoke_action", act)
    name, tenant = "read models in SQL and elsewhere", ("erase", "tenant", "acme")

    rows = cqrs.items(*tenant, "--dry-run")
    done = cqrs.run("--json", *tenant, "--reason", "x", "--yes")

    assert {row["store"]: row["entries"] for row in rows}[name] == 4
    assert done.document["counts"][name] == 4
    assert asked[0] == ("forget_tenant", {"tenant": "acme", "dry_run": True})
    assert asked[-1] == ("forget_tenant", {"tenant": "acme"})
    cqrs.run("erase", "item", PK, "PERSON#1", "--dry-run")
    assert asked[-1] == ("forget_item", {"pk": PK, "sk": "PERSON#1", "dry_run": True})


def test_work_that_names_an_item_is_listed_for_a_look(cqrs: Operator, services: Services) -> None:
    named = services.tasks.create_task("report", {"about": ["PERSON#1"]}, "acme")
    services.tasks.create_task("report", {"about": "PERSON#2"}, "acme")
    services.tasks.create_task("report", {"about": "PERSON#1"}, "other")
    reason = ("--reason", "asked for", "--yes")

    ended = cqrs.run("--json", "erase", "item", PK, "PERSON#1", *reason)

    assert ended.document["mentions"] == [f"tasks {named.pk} {named.sk}"]
    assert services.tasks.get(named) is not None


def test_work_under_way_is_named_and_erases_nothing(cqrs: Operator, services: Services) -> None:
    services.commands.publish(PK, "PERSON#new", attributes={}, version=0)

    ended = cqrs.run("erase", "tenant", "acme", "--reason", "x", "--yes")

    assert ended.code == 1
    assert "PERSON#new@1" in ended.err
    assert left(services) == 3


def test_an_export_is_made_listed_downloaded_and_loaded(
    cqrs: Operator, services: Services, tmp_path: Path
) -> None:
    made: dict[str, Any] = cqrs.run("--json", "export", "run", "acme", "--by", "ann").document
    (listed,) = cqrs.items("export", "list", "acme")
    files = str(tmp_path / "files")
    cqrs.run("export", "download", "acme", made["id"], "--to", files)
    checked = cqrs.run("--json", "export", "load", files, "--tenant", "globex", "--check")

    assert (made["data"], made["commands"], listed["id"]) == (3, 3, made["id"])
    assert checked.document["items"] == 3
    assert services.data.list("PERSON#globex").items == []
    loaded = cqrs.run(
        "--json", "export", "load", files, "--tenant", "globex", "--yes", "--wait", "0"
    )
    assert (loaded.document["published"], loaded.document["being_applied"]) == (3, 3)


def test_a_load_whose_commands_failed_says_so(
    cqrs: Operator, services: Services, tmp_path: Path
) -> None:
    made = cqrs.run("--json", "export", "run", "acme", "--by", "ann").document
    files = str(tmp_path / "files")
    cqrs.run("export", "download", "acme", made["id"], "--to", files)
    load = ("export", "load", files, "--tenant", "globex", "--yes", "--wait", "0")
    assert cqrs.run(*load).code == 0
    key = ItemKey("PERSON#globex", "PERSON#1").at(1)
    failed = Update(
        services.settings.commands_table, *key.address, assign={"status": CommandStatus.FAILED}
    )
    services.store.update(failed)

    told, ended = cqrs.run("--json", *load), cqrs.run(*load)

    assert (told.code, ended.code) == (1, 1)
    assert [told.document[name] for name in ("published", "being_applied", "failed")] == [3, 2, 1]
    assert (
        "1 commands have failed, such as PERSON#globex PERSON#1@1: `cqrs doctor`"
        in ended.out + ended.err
    )


def test_no_such_export_is_told(cqrs: Operator, tmp_path: Path) -> None:
    unknown = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

    ended = cqrs.run("export", "download", "acme", unknown, "--to", str(tmp_path))

    assert ended.code == 1
    assert "does not exist" in ended.err
    assert cqrs.run("export", "load", str(tmp_path / "none"), "--yes").code == 1
