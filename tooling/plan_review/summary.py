"""A plan's changes as one comment in Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tooling.plan_review.changes import Action, Change
from tooling.plan_review.guard import Finding

LONGEST_COMMENT = 65_000
"""GitHub takes 65,536 characters."""

SHOWN_ATTRIBUTES = 8

PROTECTED = "Instance cannot be destroyed"
"""Terraform's words when ``prevent_destroy`` stands in a plan's way."""

PROTECTED_HINT = (
    "The change would destroy what the environment protects. Change it so that it does not; or, if "
    "the data may go, let an administrator deploy the environment with "
    "`deletion_protection = false` first."
)

SIGNS = {
    Action.DELETE: "-",
    Action.REPLACE: "-/+",
    Action.FORGET: ".",
    Action.UPDATE: "~",
    Action.CREATE: "+",
}
"""Terraform's own, in the order in which they are shown: what takes away first."""

ORDER = list(SIGNS)


def marker(environment: str) -> str:
    """The beginning of a comment, by which the next one finds and replaces it."""
    return f"<!-- plan-review: {environment} -->"


def summarise(
    environment: str, changes: Sequence[Change], findings: Sequence[Finding], *, is_allowed: bool
) -> str:
    """Write the comment.

    Parameters
    ----------
    environment
        Whose plan it is.
    changes, findings
        The plan's content.
    is_allowed
        Whether somebody has allowed it to lose data.
    """
    parts = [
        f"{marker(environment)}\n### Plan for `{environment}`: {_counts(changes)}",
        *_told(findings, is_allowed=is_allowed),
    ]
    if changes:
        parts.append(_table(changes))
    return _cut("\n\n".join(parts) + "\n")


def summarise_failure(environment: str, reason: str) -> str:
    """Write the comment of a plan that could not be made.

    Parameters
    ----------
    environment
        Whose plan it was to be.
    reason
        The obstacle.
    """
    hint = [PROTECTED_HINT] if PROTECTED in reason else []
    # The reason may hold fences of its own; indented, it is code whatever it holds.
    quoted = "\n".join(f"    {line}" for line in reason.splitlines())
    parts = [
        f"{marker(environment)}\n### Plan for `{environment}`: failed",
        "> [!CAUTION]\n> There is no plan, so nothing can be said of what it would do.",
        quoted,
        *hint,
    ]
    return _cut("\n\n".join(parts) + "\n")


def _counts(changes: Sequence[Change]) -> str:
    if not changes:
        return "no change"
    counts = Counter(change.action for change in changes)
    return ", ".join(f"{counts[action]} to {action}" for action in ORDER if counts[action])


def _told(findings: Sequence[Finding], *, is_allowed: bool) -> list[str]:
    if not findings:
        return []
    lines = [
        f"> - `{found.change.address}` ({_cell(found.change.name)}) {found.text}."
        for found in findings
    ]
    if not any(found.loses_data for found in findings):
        return ["\n".join(["> [!WARNING]", *lines])]
    verdict = (
        "> Data would be lost, which is allowed here."
        if is_allowed
        else "> Data would be lost, so the check fails. If that is meant, say so: with the label "
        "`allow-data-loss` of the pull request, or with `ALLOW_DATA_LOSS=1`."
    )
    return ["\n".join(["> [!CAUTION]", verdict, ">", *lines])]


def _table(changes: Sequence[Change]) -> str:
    rows = [
        f"| `{SIGNS[change.action]}` {change.action} | `{change.kind}` | {_cell(change.name)} | "
        f"{_attributes(change)} |"
        for change in sorted(changes, key=lambda c: (ORDER.index(c.action), c.kind, c.address))
    ]
    return "\n".join(["| | Type | Name | Attributes |", "| --- | --- | --- | --- |", *rows])


def _cell(text: str) -> str:
    """Text that stays within a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def _attributes(change: Change) -> str:
    shown = [
        f"**{name}**" if name in change.causes else name
        for name in sorted(change.attributes, key=lambda name: name not in change.causes)
    ]
    left = len(shown) - SHOWN_ATTRIBUTES
    more = [f"and {left} more"] if left > 0 else []
    return ", ".join([*shown[:SHOWN_ATTRIBUTES], *more])


def _cut(text: str) -> str:
    if len(text) <= LONGEST_COMMENT:
        return text
    kept = text[:LONGEST_COMMENT].rpartition("\n")[0]
    return f"{kept}\n\nThe rest is cut off: the plan's log has it all.\n"
