"""Fails on its first try at random, and records the order in which versions reach it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from app.registry import application
from cqrs.aws.item_store import Condition, Put
from cqrs.core.keys import tenant_code
from cqrs.errors import ConditionFailed

if TYPE_CHECKING:
    from cqrs.commands.models import Command

FAILURES = 0.2
"""Share of first tries that fail."""


@application.sync_handler("recorder", item_type="ORDERED")
def recorder(command: Command) -> None:
    """Append the version to the item's record, unless this is a first try that fails."""
    tenant = tenant_code(command.pk)
    fails = random.random() < FAILURES  # noqa: S311
    if _is_first_try(command, tenant, fails) and fails:
        raise RuntimeError("the first try fails")
    application.services.clients.dynamodb.update_item(
        TableName=application.services.settings.data_table,
        Key={"pk": {"S": f"ORDER#{tenant}"}, "sk": {"S": command.sk}},
        UpdateExpression="SET seen = list_append(if_not_exists(seen, :none), :version)",
        ExpressionAttributeValues={
            ":none": {"L": []},
            ":version": {"L": [{"N": str(command.version)}]},
        },
    )


def _is_first_try(command: Command, tenant: str, fails: bool) -> bool:
    marker = {"pk": f"TRIES#{tenant}", "sk": command.key.sk, "failed": fails}
    table = application.services.settings.data_table
    try:
        application.services.store.put(Put(table, marker, Condition("attribute_not_exists(#pk)")))
    except ConditionFailed:
        return False
    return True
