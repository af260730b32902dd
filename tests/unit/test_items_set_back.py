"""Items that a restore has set back, and their commands applied again."""

from __future__ import annotations

from typing import Any

import pytest

from cqrs.aws.item_store import Put
from cqrs.examinations.items_set_back import items_set_back
from cqrs.services import Services
from tests.unit.operating import Operator

pytestmark = pytest.mark.moto_tables

PK = "PERSON#acme"


def publish(services: Services, sk: str, versions: int) -> None:
    for version in range(versions):
        services.commands.publish_sync(PK, sk, attributes={"n": version}, version=version)


def set_back(services: Services, sk: str, version: int) -> None:
    """Put the data item back as it was; version 0 removes it."""
    table = services.settings.data_table
    if not version:
        services.store.delete(table, PK, sk)
        return
    item: Any = services.store.get(services.settings.history_table, PK, f"{sk}@{version}")
    services.store.put(Put(table, {**item, "sk": sk}))


def test_items_behind_their_finished_commands_are_found(services: Services) -> None:
    for sk in ("kept", "behind", "gone"):
        publish(services, sk, 3)
    set_back(services, "behind", 1)
    set_back(services, "gone", 0)

    found = {(one.newest.base, one.newest.version, one.version) for one in items_set_back(services)}

    assert found == {("behind", 3, 1), ("gone", 3, 0)}


def test_doctor_names_each_once_and_starts_its_commands_again(
    services: Services, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(services, "1", 3)
    publish(services, "2", 1)
    cqrs = Operator(services, monkeypatch, capsys)
    assert cqrs.items("doctor", "--restored") == []
    set_back(services, "1", 1)

    (found,) = cqrs.items("doctor", "--restored", code=1)
    (fixed,) = cqrs.items("doctor", "--restored", "--fix")

    assert (found["subject"], found["fixed"]) == (f"{PK} 1", False)
    assert found["repair"].endswith("retry 'PERSON#acme' 1@3")
    assert fixed["fixed"]
    statuses = [
        services.commands.get(services.data.get(PK, "1").key.at(version)).status.value  # type: ignore[union-attr]
        for version in (1, 2, 3)
    ]
    assert statuses == ["FINISHED", "PUBLISHED", "PUBLISHED"]
