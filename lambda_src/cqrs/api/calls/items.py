"""Items and their commands over HTTP: the calls of the services of data, history and commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.actions.commands import whole_command
from cqrs.actions.data import state
from cqrs.actions.room import Room
from cqrs.api.answers import LARGEST_BODY, ApiAnswer
from cqrs.api.conditions import base_version, is_known, refusing_other_versions
from cqrs.api.problems import Problem, etag
from cqrs.api.waiting import awaited
from cqrs.commands.models import CommandStatus
from cqrs.core.keys import KEY_SEPARATOR, LAST_VERSION, CommandKey, ItemKey
from cqrs.errors import NoSuchItem, PredecessorFailed
from cqrs.items.data import DEFAULT_ITEMS, cursor_behind
from cqrs.storage.paging import LONGEST_PAGE

if TYPE_CHECKING:
    from cqrs.api.call import ApiCall
    from cqrs.commands.models import Command, PublishResult
    from cqrs.items.data import DataItem
    from cqrs.services import Services

FIRST_VERSION = 1

READ_OTHERWISE = "Read it with the services in Python or on the command line."


class ItemCalls:
    """Requests about items.

    Parameters
    ----------
    services
        The environment's.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    # Reading

    def list_items(self, call: ApiCall) -> ApiAnswer:
        """A page of the items of a type."""
        item_type, room = _named_by_path(call, "type"), Room(LARGEST_BODY)
        prefix = f"{item_type}{KEY_SEPARATOR}"
        with_deleted = call.query.get("deleted", False)
        key = ItemKey.checked(f"{item_type}{KEY_SEPARATOR}{call.tenant}", prefix)

        def takes(item: DataItem) -> bool:
            if item.is_deleted and not with_deleted:
                return True
            behind = f"Go on behind it with the cursor {cursor_behind(item.key)!r}."
            return room.takes(shown(item), str(item.key), f"{READ_OTHERWISE} {behind}")

        page = self._services.data.list(
            key.pk,
            sk_prefix=prefix,
            limit=call.query.get("limit", DEFAULT_ITEMS),
            cursor=call.query.get("cursor"),
            takes=takes,
        )
        damaged = [item.to_mapping() for item in page.damaged]
        body = {"items": room.entries, "cursor": page.cursor, "damaged": damaged}
        return ApiAnswer(200, body)

    def get_item(self, call: ApiCall) -> ApiAnswer:
        """The latest state of an item, or with ``pending`` what its newest command says."""
        key = _item_key(call)
        item = self._services.data.get(key.pk, key.sk)
        if call.query.get("pending"):
            return self._pending(call, key, item)
        if item is None:
            raise _no_item(key)
        return _one(call, shown(item), item.version)

    def _pending(self, call: ApiCall, key: ItemKey, item: DataItem | None) -> ApiAnswer:
        newest = self._services.commands.under_way(key)
        if newest is None:
            # It may have been applied since that look.
            item = self._services.data.get(key.pk, key.sk)
        if newest is None and item is None:
            raise _no_item(key)
        holds = newest is not None and newest.status is not CommandStatus.FAILED
        if newest is not None and (holds or item is None):
            body = _shown_command(newest)
        elif item is not None:
            body = shown(item)
        version = body["version"] if newest is None else newest.version
        status = None if newest is None else newest.status.value
        return _one(call, {**body, "newest_version": version, "status": status}, version)

    def list_history(self, call: ApiCall) -> ApiAnswer:
        """A page of the earlier states of an item, newest first."""
        key, room = _item_key(call), Room(LARGEST_BODY)

        def takes(item: DataItem) -> bool:
            behind = f"Go on behind it with before={item.version}."
            where = str(item.key.at(item.version))
            return room.takes(shown(item), where, f"{READ_OTHERWISE} {behind}")

        page = self._services.history.list(
            key.pk,
            key.sk,
            before=call.query.get("before"),
            limit=call.query.get("limit", LONGEST_PAGE),
            takes=takes,
        )
        if not page.has_item:
            raise Problem(
                404,
                "not-found",
                f"There is no {key}, so it has no history. If it was published just now, it is not "
                "applied yet: GET the item with pending=true.",
            )
        damaged = [item.to_mapping() for item in page.damaged]
        body = {"items": room.entries, "before": page.before, "damaged": damaged}
        return ApiAnswer(200, body)

    def get_history(self, call: ApiCall) -> ApiAnswer:
        """The state that an item had at an earlier version."""
        key = command_key(call)
        item = self._services.history.get(key.pk, key.base, key.version)
        if item is None:
            raise Problem(
                404,
                "not-found",
                f"The history has no version {key.version} of {key.item}. It has those before the "
                "latest, as long as they are kept.",
            )
        return ApiAnswer(200, shown(item), etag(item.version))

    # Publishing

    def put_item(self, call: ApiCall) -> ApiAnswer:
        """Publish the whole content of an item."""
        key = _item_key(call)
        version = base_version(call.headers, may_be_new=True)
        with refusing_other_versions(key):
            result = self._services.commands.of(call.origin).publish(
                key.pk,
                key.sk,
                name=call.body.get("name", ""),
                attributes=call.body.get("attributes", {}),
                version=version,
            )
        return self._published(call, result)

    def patch_item(self, call: ApiCall) -> ApiAnswer:
        """Publish a part of an item; one that was deleted is none."""
        key = _item_key(call)
        version = base_version(call.headers, may_be_new=False)
        with refusing_other_versions(key):
            result = self._services.commands.of(call.origin).publish_partial_update(
                key.pk,
                key.sk,
                name=call.body.get("name"),
                attributes=call.body.get("attributes", {}),
                version=version,
                refuse_deleted=True,
            )
        return self._published(call, result)

    def delete_item(self, call: ApiCall) -> ApiAnswer:
        """Publish that an item counts as deleted."""
        key, commands = _item_key(call), self._services.commands.of(call.origin)
        version = base_version(call.headers, may_be_new=False)
        try:
            with refusing_other_versions(key):
                result = commands.publish_partial_update(
                    key.pk, key.sk, is_deleted=True, version=version
                )
        except NoSuchItem:
            raise Problem(
                404, "not-found", f"There is no {key}, so there is nothing to delete."
            ) from None
        return self._published(call, result)

    def _published(self, call: ApiCall, result: PublishResult) -> ApiAnswer:
        key = result.key
        headers = {"location": _place(call, key), **etag(key.version)}
        body = {**named(key.item), "version": key.version, "changed": result.changed}
        if not call.query.get("sync"):
            return ApiAnswer(202 if result.changed else 200, body, headers)
        services = self._services
        command = awaited(services.repair, key, call.began, services.deadline)
        if command is not None and command.status is CommandStatus.PUBLISHED:
            return ApiAnswer(202, body, headers)
        if command is not None and command.status is CommandStatus.FAILED:
            # The cause names the command before that failed, which is to be retried.
            is_behind = command.error == PredecessorFailed.__name__
            advice = "" if is_behind else " Mend the cause; an operator may then retry it."
            raise Problem(
                422,
                "command-failed",
                f"Version {key.version} was stored and failed with {command.error}: "
                f"{command.cause}{advice}",
                headers=headers,
            )
        is_new = result.changed and key.version == FIRST_VERSION
        return ApiAnswer(201 if is_new else 200, body, headers)

    # Commands

    def get_command(self, call: ApiCall) -> ApiAnswer:
        """How a command does, and with ``content`` what it says."""
        key = command_key(call)
        if call.query.get("content"):
            command = self._services.commands.get(key)
            hidden = {"pk", "sk", "ttl"}
        else:
            command = self._services.repair.find(key)
            hidden = {"pk", "sk", "ttl", "name", "attributes", "is_deleted"}
        if command is None:
            raise no_command(key)
        told = whole_command(command)
        return ApiAnswer(200, {**named(key.item), **_without(told, hidden)})

    def get_execution(self, call: ApiCall) -> ApiAnswer:
        """The status of the execution that works on a command."""
        return ApiAnswer(
            200, {"status": self._services.command_executions.status(self._existing(call))}
        )

    def retry_command(self, call: ApiCall) -> ApiAnswer:
        """Start the chain of a command again."""
        restarts = self._services.repair.retry(command_key(call))
        told = [{"version": one.key.version, "attempt": one.attempt} for one in restarts]
        return ApiAnswer(200, {"restarted": told})

    def get_obstacle(self, call: ApiCall) -> ApiAnswer:
        """Why no retry can apply a command."""
        obstacle = self._services.repair.obstacle(self._existing(call).key)
        if obstacle is None:
            return ApiAnswer(200, {"obstacle": None})
        told = {"error": type(obstacle).__name__, "cause": str(obstacle)}
        return ApiAnswer(200, {"obstacle": told})

    def _existing(self, call: ApiCall) -> Command:
        key = command_key(call)
        command = self._services.repair.find(key)
        if command is None:
            raise no_command(key)
        return command


def shown(item: DataItem) -> dict[str, Any]:
    """A state of an item as JSON."""
    return {**named(item.key), **_without(state(item), {"pk", "sk", "request_id", "ttl"})}


def _shown_command(command: Command) -> dict[str, Any]:
    """The content of a command, as JSON of the state that it makes."""
    return {
        **named(command.key.item),
        "version": command.version,
        "name": command.content.name,
        "attributes": command.attributes,
        "is_deleted": command.content.is_deleted,
        "created_at": command.created_at if command.version == FIRST_VERSION else None,
        "updated_at": command.created_at,
    }


def _one(call: ApiCall, body: dict[str, Any], version: int) -> ApiAnswer:
    if body["is_deleted"] and not call.query.get("deleted"):
        raise Problem(
            404,
            "deleted",
            f"{body['type']} {body['id']} was deleted by version {version}. Ask with deleted=true "
            "to see it; to make it again, PUT it with the ETag of this answer as If-Match.",
            headers=etag(version),
        )
    if is_known(call.headers, version):
        return ApiAnswer(304, None, etag(version))
    return ApiAnswer(200, body, etag(version))


def _item_key(call: ApiCall) -> ItemKey:
    item_type, item_id = _named_by_path(call, "type"), _named_by_path(call, "id")
    return ItemKey.checked(
        f"{item_type}{KEY_SEPARATOR}{call.tenant}", f"{item_type}{KEY_SEPARATOR}{item_id}"
    )


def _named_by_path(call: ApiCall, parameter: str) -> str:
    text = call.path[parameter]
    if not text:
        raise Problem(
            400,
            "validation",
            f"The {parameter} in the path is empty: name one, as in .../items/AIRPORT/KIX.",
        )
    return text


def command_key(call: ApiCall) -> CommandKey:
    """The key of the command of a path.

    Raises
    ------
    Problem
        If it is none.
    """
    text = call.path["version"]
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:20]) <= LAST_VERSION):
        raise Problem(
            400,
            "validation",
            f"The version {text[:40]!r} of the path must be a whole number of 1 to "
            f"{LAST_VERSION:,}, as in 3.",
        )
    return _item_key(call).at(int(text))


def _place(call: ApiCall, key: CommandKey) -> str:
    names = named(key.item)
    return call.place("items", names["type"], names["id"], "commands", key.version)


def named(key: ItemKey) -> dict[str, str]:
    """The type and id by which paths name an item."""
    item_type = key.pk.rpartition(KEY_SEPARATOR)[0]
    return {"type": item_type, "id": key.sk.removeprefix(f"{item_type}{KEY_SEPARATOR}")}


def _without(mapping: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name not in names}


def _no_item(key: ItemKey) -> Problem:
    return Problem(
        404,
        "not-found",
        f"There is no {key}. If it was published just now, ask with pending=true.",
    )


def no_command(key: CommandKey) -> Problem:
    """The problem of a command that is not there."""
    return Problem(
        404,
        "not-found",
        f"There is no command {key.version} of {key.item}; it was never published, or expired.",
    )
