"""Commands whose content is not what CommandService writes are not applied."""

from __future__ import annotations

from typing import Any

import pytest

from cqrs.aws.item_store import Update
from cqrs.core.keys import ItemKey
from cqrs.errors import ValidationError

PK, SK = "NOTE#acme", "NOTE#1"


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ({"attributes": [1, 2]}, "are a list"),
        ({"attributes": "text"}, "are a str"),
        ({"attributes": {"red", "blue"}}, "are a set"),
        ({"attributesKey": 5}, "which is not a key"),
        ({"attributesKey": ""}, "which is not a key"),
        ({"isDeleted": "false"}, "its isDeleted is 'false'"),
        ({"isDeleted": None}, "its isDeleted is None"),
        ({"name": {"a": 1}}, "its name is {'a': 1}"),
        ({"name": None}, "its name is None"),
    ],
)
def test_a_damaged_content_reaches_no_item(
    services, settings, execute, damage: dict[str, Any], says: str
):
    key = services.commands.publish(PK, SK, name="One", attributes={"n": 1}).key
    execution = execute(key)
    services.store.update(Update(settings.commands_table, key.pk, key.sk, damage))

    with pytest.raises(ValidationError, match=says):
        execution.apply()

    assert services.data.get(PK, SK) is None


@pytest.mark.parametrize("damage", [{"isDeleted": "false"}, {"name": 5}])
def test_a_damaged_item_hides_no_other_and_says_why_nothing_is_published_on_it(
    services, settings, damage: dict[str, Any]
):
    for sk in (SK, "NOTE#2"):
        services.commands.publish_sync(PK, sk, name="One", attributes={"n": 1})
    services.store.update(Update(settings.data_table, PK, SK, damage))

    page = services.data.list(PK)

    assert [item.key for item in page.items] == [ItemKey(PK, "NOTE#2")]
    (damaged,) = page.damaged
    assert next(iter(damage)) in damaged.problem
    with pytest.raises(ValidationError, match=f"{PK} {SK} is damaged"):
        services.data.get(PK, SK)
