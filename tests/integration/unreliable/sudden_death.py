"""Kills the function's own process at random, just before or just after a request to AWS."""

from __future__ import annotations

import os
import random
import signal
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from app.registry import application
from cqrs.aws.clients import Clients

if TYPE_CHECKING:
    from collections.abc import Mapping

CHANCE = 0.04
"""Share of requests at which the process dies."""

DEATHS = __name__.rpartition(".")[-1]
"""Partition of the data table that holds one item for each death: this module's name."""

WITNESS = Clients().dynamodb
"""Records a death, and is not killed over it."""


def before_request(
    params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: object
) -> None:
    """Die before the request is sent, or decide to die once it is answered."""
    if random.random() >= CHANCE:  # noqa: S311
        return
    place = f"{model.name} {_subject(params)}"
    if random.random() < 0.5:  # noqa: S311
        _die(f"before {place}")
    context[DEATHS] = f"after {place}"


def after_request(context: Mapping[str, Any], **_: object) -> None:
    """Die if that was decided before the request."""
    if DEATHS in context:
        _die(context[DEATHS])


def _subject(params: Mapping[str, Any]) -> str:
    """The subject of a request, which is the same when it is repeated."""
    if "TransactItems" in params:
        (first,) = params["TransactItems"][0].values()
        return _subject(first)
    item = params.get("Key") or params.get("Item") or {}
    of_item = (item[name]["S"] for name in ("pk", "sk") if name in item)
    return " ".join([params.get("TableName", ""), *of_item, params.get("name", "")])


def _die(place: str) -> None:
    """Die, but only once at each place: every try of a piece of work could be hit otherwise."""
    item = {"pk": {"S": DEATHS}, "sk": {"S": place}}
    table = application.services.settings.data_table
    try:
        WITNESS.put_item(TableName=table, Item=item, ConditionExpression="attribute_not_exists(pk)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return
    os.kill(os.getpid(), signal.SIGKILL)


for service in ("dynamodb", "step_functions"):
    events = getattr(application.services.clients, service).meta.events
    events.register("before-parameter-build", before_request)
    events.register("after-call", after_request)
