"""Direct invocations of some tenants alone, by an alias that says which.

IAM permits an alias by itself, so a caller who may invoke no more than an alias reaches no tenants
but the alias's. (Lambda guide, "Using Lambda aliases in event sources and permissions policies").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cqrs.actions import ACTIONS, CREATE_CSV_IMPORT
from cqrs.approvals.keys import ID_SEPARATOR
from cqrs.core.json_text import from_json
from cqrs.core.keys import tenant_code
from cqrs.errors import ConfigurationError, ValidationError
from cqrs.resources import uploads_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cqrs.events.types import DirectEvent

OF_NO_TENANT = frozenset({"list_item_types"})
"""Actions that work on nothing of any tenant."""

OF_ERASERS = frozenset({"forget_item", "forget_tenant"})
"""Actions that are part of an erasure, which is a right of its own, and no tenant's."""

BUILT_IN = frozenset(name for names in ACTIONS.values() for name in names)


def tenants_of(aliases: str, alias: str) -> frozenset[str] | None:
    """The tenants that an alias is for; None if it is for all of them.

    Parameters
    ----------
    aliases
        The setting ``function_aliases``.
    alias
        The alias or version that was invoked; empty if none was.

    Raises
    ------
    ConfigurationError
        If the setting is not JSON.
    """
    try:
        known = from_json(aliases or "{}")
    except ValueError as error:
        raise ConfigurationError(f"Setting FUNCTION_ALIASES is not JSON: {error}") from None
    return frozenset(known[alias]) if alias in known else None


def refuse_other_tenants(event: DirectEvent, tenants: frozenset[str], bucket: str) -> None:
    """Let an action work on nothing but what belongs to some tenants.

    Parameters
    ----------
    event
        The invocation.
    tenants
        The codes of the tenants.
    bucket
        The environment's bucket, in which each tenant has a folder of its own.

    Raises
    ------
    ValidationError
        If it would, or nothing tells.
    """
    if event.action in OF_NO_TENANT:
        return
    if event.action in OF_ERASERS:
        raise ValidationError(
            f"The action {event.action!r} belongs to an erasure, which is a right of its own. "
            "Use `cqrs erase`, which invokes the function itself."
        )
    if event.action not in BUILT_IN:
        raise ValidationError(
            f"The services have no action {event.action!r}, so nothing tells its tenant. Invoke "
            "the function itself for it."
        )
    payload = event.payload if isinstance(event.payload, Mapping) else {}
    named = set(_tenants(payload))
    if not named or not named <= tenants:
        raise ValidationError(
            f"The action {event.action!r} is asked for {_listed(named) or 'no tenant'}; this alias "
            f"is for {_listed(tenants)}. Invoke the function itself for others."
        )
    if event.action == CREATE_CSV_IMPORT:
        _refuse_foreign_file(payload, bucket)


def _tenants(payload: Mapping[str, Any]) -> Iterator[str]:
    """The tenants of all that a payload names, in every way in which it can be read."""
    if "tenant" in payload:
        yield str(payload["tenant"])
    if "pk" in payload:
        yield tenant_code(str(payload["pk"]))
    if "id" in payload:
        parts = str(payload["id"]).split(ID_SEPARATOR)
        for number in range(1, max(len(parts), 2)):
            yield tenant_code(ID_SEPARATOR.join(parts[:number]))


def _refuse_foreign_file(payload: Mapping[str, Any], bucket: str) -> None:
    folder = uploads_folder(payload["tenant"])
    key = str(payload.get("key"))
    if payload.get("bucket") != bucket or not key.startswith(folder):
        raise ValidationError(
            f"This alias imports files of the bucket {bucket} below {folder} alone, and not "
            f"{key[:120]!r} of {str(payload.get('bucket'))[:80]!r}. Put the file there."
        )


def _listed(tenants: set[str] | frozenset[str]) -> str:
    return ", ".join(repr(tenant[:80]) for tenant in sorted(tenants))
