"""Exports of a tenant at one moment, and what comes of them in another environment."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cli.exporting.folder import ExportFolder
from cli.exporting.parquet import to_parquet
from cqrs.aws.item_store import Put
from cqrs.commands.executions import execution_input
from cqrs.commands.sync_handlers import SyncHandlers
from cqrs.core.attribute_values import from_attribute_values
from cqrs.core.keys import ItemKey
from cqrs.deployment.indexes import key_attributes
from cqrs.errors import ValidationError
from cqrs.exports.exporter import CommandsUnderWay, Exporter
from cqrs.exports.loader import Loader, TargetHasOther
from cqrs.exports.records import Export, ExportRecords
from cqrs.items.read_models import Entry
from cqrs.resources import Table
from cqrs.services import Services
from cqrs.settings import Settings
from tests.unit.conftest import PREFIX, REGION, MotoClients, secondary_indexes
from tests.unit.execution import CommandExecution

pytestmark = pytest.mark.moto_tables

PK = "PERSON#acme"
LARGE = "x" * 20_000
LONG = Decimal("0.12345678901234567890123")


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def target(settings: Settings, clients: MotoClients) -> Services:
    """Another environment, with a tenant `globex` of other data."""
    tables = (Table.COMMANDS, Table.DATA, Table.HISTORY)
    names = {table: f"other-cqrs-{table}" for table in tables}
    for table, name in names.items():
        clients.dynamodb.create_table(
            TableName=name,
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in key_attributes(table)
            ],
            BillingMode="PAY_PER_REQUEST",
            **secondary_indexes(table),
        )
    clients.s3.create_bucket(
        Bucket="other-files", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    settings_of: Any = {f"{table}_table": name for table, name in names.items()}
    other = replace(settings, bucket="other-files", **settings_of)
    return Services(other, clients, SyncHandlers())


def publish(services: Services, sk: str, *contents: Any, pk: str = PK, **more: Any) -> None:
    for version, attributes in enumerate(contents):
        services.commands.publish_sync(
            pk, sk, name=f"{sk} {version}", attributes=attributes, version=version,
            created_by="ann", **more,
        )  # fmt: skip


def export(services: Services, tenant: str = "acme") -> Export:
    exporter = Exporter(services, tenant)
    made = exporter.begin("ann")
    for _ in exporter.run(made):
        pass
    return made


def lines(services: Services, made: Export, table: str) -> list[dict[str, Any]]:
    records = ExportRecords(services.objects, made.tenant)
    found = [
        json.loads(line)
        for file in made.files
        if file["table"] == table
        for line in services.objects.get_bytes(records.key(made.id, file["name"])).splitlines()
    ]
    return sorted(found, key=lambda entry: (entry["pk"], entry["sk"]))


def raw(services: Services, made: Export) -> list[bytes]:
    records = ExportRecords(services.objects, made.tenant)
    return [services.objects.get_bytes(records.key(made.id, one["name"])) for one in made.files]


def downloaded(services: Services, made: Export, folder: Path) -> ExportFolder:
    records = ExportRecords(services.objects, made.tenant)
    ExportFolder(folder).download(services.objects, records, made)
    return ExportFolder(folder)


def load(target: Services, folder: ExportFolder, tenant: str = "acme") -> Any:
    loader = Loader(target, tenant, folder.manifest(), folder)
    loader.check()
    *_, (_, loaded) = loader.load()
    return loaded


def apply_all(target: Services, clients: MotoClients) -> None:
    """Let the state machine apply what was published, as the stream would have it started."""
    for item in all_of(clients, target.settings.commands_table):
        if item["status"] == "PUBLISHED":
            sk, _, version = item["sk"].rpartition("@")
            key = ItemKey(item["pk"], sk).at(int(version))
            given = execution_input(key, item["requestId"])
            execution = CommandExecution(target.command_workflow, PREFIX, key, given)
            assert execution.goes_ahead()
            execution.apply()


def all_of(clients: MotoClients, table: str) -> list[dict[str, Any]]:
    found = clients.dynamodb.scan(TableName=table)["Items"]
    return sorted(map(from_attribute_values, found), key=lambda one: (one["pk"], one["sk"]))


def test_an_export_has_data_history_and_commands_of_the_tenant_alone(services: Services) -> None:
    publish(services, "1", {"n": 1}, {"n": 2, "text": LARGE}, {"n": LONG})
    publish(services, "2", {"n": 1})
    publish(services, "1", {"n": 1}, pk="PERSON#acmes")
    publish(services, "1", {"n": 1}, pk="PERSON#acme#of")
    services.read_models.show("people", ItemKey(PK, "1"), 3, [Entry("CITY#acme", "1", {"a": 1})])

    made = export(services)

    data, history = lines(services, made, "data"), lines(services, made, "history")
    commands = lines(services, made, "commands")
    assert [(one["sk"], one["version"]) for one in data] == [("1", 3), ("2", 1)]
    assert [(one["sk"], one["version"]) for one in history] == [("1@1", 1), ("1@2", 2)]
    assert history[1]["attributes"]["text"] == LARGE
    assert [one["sk"] for one in commands] == ["1@1", "1@2", "1@3", "2@1"]
    assert {one["createdBy"] for one in commands} == {"ann"}
    assert made.counts == {"data": 2, "history": 2, "commands": 4}
    assert made.schema_versions == {"PERSON": {"1": 2}}
    assert made.damaged == []
    assert str(LONG) in "".join(map(str, raw(services, made)))
    assert all(place is None for place in made.places.values())


def test_what_is_published_after_the_moment_is_in_none_of_the_files(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(services, "1", {"n": 1}, {"n": 2})
    exporter = Exporter(services, "acme")
    made = exporter.begin("ann")
    monkeypatch.setattr("cqrs.commands.service.now_iso", lambda: "2999-01-01T00:00:00.000Z")
    services.commands.publish_sync(PK, "1", attributes={"n": 3}, version=2)
    services.commands.publish_sync(PK, "1", attributes={"n": 4}, version=3)
    services.commands.publish_sync(PK, "2", attributes={"n": 1}, version=0)

    list(exporter.run(made))

    assert [(one["sk"], one["version"]) for one in lines(services, made, "data")] == [("1", 2)]
    assert [one["sk"] for one in lines(services, made, "history")] == ["1@1"]
    assert [one["sk"] for one in lines(services, made, "commands")] == ["1@1", "1@2"]


def test_a_state_that_history_has_lost_is_told(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(services, "1", {"n": 1}, {"n": 2})
    exporter = Exporter(services, "acme")
    made = exporter.begin("ann")
    monkeypatch.setattr("cqrs.commands.service.now_iso", lambda: "2999-01-01T00:00:00.000Z")
    services.commands.publish_sync(PK, "1", attributes={"n": 3}, version=2)
    services.store.delete(services.settings.history_table, PK, "1@2")

    list(exporter.run(made))

    assert lines(services, made, "data") == []
    assert "history has no version 2" in made.damaged[0]


def test_an_export_waits_for_commands_of_before_its_moment(services: Services) -> None:
    services.commands.publish(PK, "1", attributes={}, version=0)
    exporter = Exporter(services, "acme")
    made = exporter.begin("ann")

    with pytest.raises(CommandsUnderWay, match="PERSON#acme 1@1"):
        list(exporter.run(made))


def test_an_export_that_is_killed_goes_on(
    services: Services, clients: MotoClients, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        publish(services, f"{number}", {"n": number}, {"n": number, "more": True})
    whole = export(services)
    expected = {table: lines(services, whole, table) for table in ("data", "history", "commands")}
    monkeypatch.setattr("cqrs.exports.exporter.FILE_BYTES", 200)
    left: list[int] = []

    def sent(model: Any, **_details: Any) -> None:
        if left and model.name == "PutObject":
            if not left[0]:
                raise Killed
            left[0] -= 1

    clients.s3.meta.events.register("before-call", sent)
    starts = 0
    while True:
        left[:] = [3]
        starts += 1
        try:
            made = export(services)
        except Killed:
            continue
        break

    assert starts > 5
    assert {table: lines(services, made, table) for table in expected} == expected
    assert len(list(ExportRecords(services.objects, "acme").finished())) == 2


def test_what_cannot_be_read_is_told_and_left_out(services: Services) -> None:
    publish(services, "1", {"n": 1})
    item = {"pk": PK, "sk": "2", "version": 1, "requestId": "r", "attributesKey": "attributes/no"}
    services.store.put(Put(services.settings.data_table, item))

    made = export(services)

    assert [one["sk"] for one in lines(services, made, "data")] == ["1"]
    assert "PERSON#acme 2" in made.damaged[0]


def test_a_loaded_export_has_the_same_versions_order_and_times(
    services: Services, target: Services, clients: MotoClients, tmp_path: Path
) -> None:
    publish(services, "1", {"n": 1}, {"n": 2, "text": LARGE}, {"n": LONG})
    publish(services, "2", {"text": LARGE})
    publish(services, "3", {"n": 1}, {"n": 2})
    seen: list[tuple[str, int]] = []
    target.sync_handlers.register("seen", lambda one: seen.append((one.sk, one.version)), None)
    folder = downloaded(services, export(services), tmp_path)

    loaded = load(target, folder, "globex")
    apply_all(target, clients)

    assert sorted(seen) == [("1", 3), ("2", 1), ("3", 2)]
    assert (loaded.published, loaded.untold) == (3, [])
    again = export(target, "globex")
    for table in ("data", "history"):
        assert lines(target, again, table) == [
            {**entry, "pk": "PERSON#globex"} for entry in lines(services, _only(services), table)
        ]
    told = {"finishedAt", "syncMode"}
    assert _without(lines(target, again, "commands"), told) == [
        {**entry, "pk": "PERSON#globex"}
        for entry in _without(lines(services, _only(services), "commands"), told)
    ]


def _only(services: Services) -> Export:
    (made,) = ExportRecords(services.objects, "acme").finished()
    return made


def _without(entries: list[dict[str, Any]], names: set[str]) -> list[dict[str, Any]]:
    return [{k: v for k, v in entry.items() if k not in names} for entry in entries]


def test_a_load_that_is_killed_goes_on_and_a_repeat_changes_nothing(
    services: Services, target: Services, clients: MotoClients, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for number in range(5):
        publish(services, f"{number}", {"n": number}, {"n": number, "text": LARGE})
    folder = downloaded(services, export(services), tmp_path)
    monkeypatch.setattr("cqrs.exports.loader.WORKERS", 1)
    left: list[int] = []

    def sent(model: Any, **_details: Any) -> None:
        if left and model.name == "PutItem":
            if not left[0]:
                raise Killed
            left[0] -= 1

    clients.dynamodb.meta.events.register("before-call", sent)
    budget = 0
    while True:
        budget += 4
        left[:] = [budget]
        try:
            load(target, folder)
        except Killed:
            continue
        break
    left.clear()
    apply_all(target, clients)
    before = [all_of(clients, f"other-cqrs-{name}") for name in ("commands", "data", "history")]

    loaded = load(target, folder)

    after = [all_of(clients, f"other-cqrs-{name}") for name in ("commands", "data", "history")]
    assert budget > 8
    assert before == after
    assert loaded.published == 5
    assert [one["version"] for one in after[1]] == [2] * 5


def test_a_target_with_other_or_newer_data_is_refused_before_anything_is_written(
    services: Services, target: Services, clients: MotoClients, tmp_path: Path
) -> None:
    publish(services, "1", {"n": 1}, {"n": 2})
    publish(services, "2", {"n": 1})
    folder = downloaded(services, export(services), tmp_path)
    publish(target, "2", {"n": "other"})
    before = all_of(clients, target.settings.commands_table)

    with pytest.raises(TargetHasOther, match="PERSON#acme 2 is at version 1"):
        load(target, folder)

    assert all_of(clients, target.settings.commands_table) == before
    load(target, folder, "globex")
    apply_all(target, clients)
    publish_more = target.commands.publish_sync
    publish_more("PERSON#globex", "2", attributes={"n": 5}, version=1)
    with pytest.raises(TargetHasOther, match="at version 2"):
        load(target, folder, "globex")


def test_a_state_that_expired_leaves_its_item_untold(
    services: Services, target: Services, tmp_path: Path
) -> None:
    publish(services, "1", {"n": 1}, {"n": 2})
    for table in (services.settings.history_table, services.settings.commands_table):
        services.store.delete(table, PK, "1@1")
    folder = downloaded(services, export(services), tmp_path)

    loaded = load(target, folder)

    assert loaded.untold == ["PERSON#acme 1"]
    state = target.data.get(PK, "1")
    assert state is not None
    assert (state.version, state.attributes) == (2, {"n": 2})
    assert target.commands.publish_sync(PK, "1", attributes={"n": 3}).key.version == 3


def test_a_file_that_was_changed_is_refused(
    services: Services, target: Services, tmp_path: Path
) -> None:
    publish(services, "1", {"n": 1})
    folder = downloaded(services, export(services), tmp_path)
    file = next(tmp_path.glob("data-*.jsonl"))
    file.write_text(file.read_text().replace('"n":1', '"n":2'))

    with pytest.raises(ValidationError, match="SHA-256"):
        load(target, folder)


@pytest.mark.parametrize("table", ["history", "commands", "data"])
@pytest.mark.parametrize("is_missing", [True, False])
def test_a_damaged_file_is_refused_before_anything_is_written(
    services: Services, target: Services, clients: MotoClients, tmp_path: Path,
    table: str, *, is_missing: bool,
) -> None:  # fmt: skip
    publish(services, "1", {"n": 1}, {"n": 2})
    folder = downloaded(services, export(services), tmp_path)
    file = next(tmp_path.glob(f"{table}-*.jsonl"))
    file.unlink() if is_missing else file.write_bytes(file.read_bytes()[:-9])
    loader = Loader(target, "acme", folder.manifest(), folder)

    with pytest.raises(ValidationError, match="is missing" if is_missing else "SHA-256"):
        loader.check()

    for name in ("commands", "data", "history"):
        assert all_of(clients, f"other-cqrs-{name}") == []


def test_a_manifest_cannot_lead_out_of_its_folder(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="not a file of the folder"):
        next(ExportFolder(tmp_path).lines({"name": "../x", "sha256": ""}))


def test_parquet_keeps_all_digits(services: Services, tmp_path: Path) -> None:
    publish(services, "1", {"n": 1}, {"n": LONG})
    made = export(services)
    folder = downloaded(services, made, tmp_path)

    written = to_parquet(folder, made)

    assert [path.name for path in written] == [
        "data.parquet",
        "history.parquet",
        "commands.parquet",
    ]
    rows = duckdb.read_parquet(str(tmp_path / "data.parquet"))
    rows = rows.project("pk, sk, version, attributes").fetchall()
    assert rows == [(PK, "1", 2, '{"n":0.12345678901234567890123}')]


@pytest.fixture(autouse=True)
def _nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cqrs.core.backoff.CAP_SECONDS", 0.0)
