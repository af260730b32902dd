"""Policies of resources themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.access.statements import policy_document

if TYPE_CHECKING:
    from stacks.environment.model import Environment


def refuse_plain_http(environment: Environment, actions: str, *resources: str) -> str | None:
    """Render a resource's own policy, which takes no requests but those over TLS."""
    statement = plain_http_refusal(environment, actions, *resources)
    return None if statement is None else policy_document([statement])


def plain_http_refusal(
    environment: Environment, actions: str, *resources: str
) -> dict[str, object] | None:
    """A statement that refuses requests without TLS.

    Emulator difference: emulators speak plain HTTP, so there is none for them.
    """
    if environment.endpoint is not None:
        return None
    return {
        "Sid": "RefusePlainHttp",
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
