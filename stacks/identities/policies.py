"""The policies of an environment's identities, each as the documents that IAM takes.

A policy that is attached holds 6,144 characters at most, so a longer one is cut into several. An
identity takes ten (IAM guide, "IAM and AWS STS quotas").
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stacks.access.statements import POLICY_VERSION
from stacks.identities.deployment import deployer_statements, planner_statements
from stacks.identities.eraser import eraser_statements
from stacks.identities.operator import operator_statements, reader_statements
from stacks.identities.porter import exporter_statements, loader_statements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from stacks.access.statements import Statement
    from stacks.environment.model import Environment

LARGEST_POLICY = 6_144
"""Characters of a managed policy without white space."""

IDENTITIES: Mapping[str, Callable[[Environment], list[Statement]]] = {
    "deployer": deployer_statements,
    "planner": planner_statements,
    "operator": operator_statements,
    "reader": reader_statements,
    "eraser": eraser_statements,
    "exporter": exporter_statements,
    "loader": loader_statements,
}
"""Who there is, by what they may do."""


def policies(environment: Environment, identity: str) -> list[dict[str, Any]]:
    """Return the policies of one identity, in as few documents as it takes.

    Parameters
    ----------
    identity
        One of :data:`IDENTITIES`.
    """
    return list(_documents(IDENTITIES[identity](environment)))


def write_policies(environment: Environment, folder: Path) -> list[Path]:
    """Write the policies of all identities into a folder, and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for identity in IDENTITIES:
        for number, document in enumerate(policies(environment, identity), start=1):
            path = folder / f"{identity}-{number}.json"
            path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
            written.append(path)
    return written


def _documents(statements: Iterable[Statement]) -> Iterable[dict[str, Any]]:
    document = _document([])
    for statement in statements:
        extended = _document([*document["Statement"], statement.render()])
        if len(json.dumps(extended, separators=(",", ":"))) > LARGEST_POLICY:
            yield document
            extended = _document([statement.render()])
        document = extended
    yield document


def _document(statements: list[dict[str, object]]) -> dict[str, Any]:
    return {"Version": POLICY_VERSION, "Statement": statements}
