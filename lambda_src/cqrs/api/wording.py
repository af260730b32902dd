"""Texts of the services in the words of a caller of the API, who knows ids and no keys."""

from __future__ import annotations

import re

from cqrs.approvals.keys import APPROVAL
from cqrs.core.keys import KEY_SEPARATOR
from cqrs.core.timed_keys import ULID
from cqrs.core.work_keys import NAME
from cqrs.imports.keys import CSV_IMPORT
from cqrs.tasks.keys import SINGLE, STEP_FUNCTION

BETWEEN = "[ /]"
"""Parts the partition key and the sort key."""


def in_callers_words(text: str, tenant: str) -> str:
    """A text that names a tenant's things by their ids, as paths have them, and not by their keys.

    ``SFN_TASK#acme/route_distances#01AR...`` becomes ``SFN_TASK.route_distances.01AR...``, and
    ``AIRPORT#acme AIRPORT#KIX`` becomes ``AIRPORT KIX``.
    """
    of_tenant = f"{KEY_SEPARATOR}{re.escape(tenant)}{BETWEEN}"
    work = rf"(?P<name>{NAME.pattern})#(?P<ulid>{ULID.pattern})(?:#(?P<number>[0-9]+))?"
    kind = f"(?:(?P<kind>{STEP_FUNCTION}|{SINGLE})|{CSV_IMPORT})"
    text = re.sub(rf"\b{kind}{of_tenant}{work}", _id_of_work, text)
    text = re.sub(rf"\b{APPROVAL}{of_tenant}", "", text)
    return re.sub(rf"(?P<type>\S+){of_tenant}(?P=type){KEY_SEPARATOR}", r"\g<type> ", text)


def _id_of_work(found: re.Match[str]) -> str:
    parts = (found["kind"], found["name"], found["ulid"], found["number"])
    return ".".join(part for part in parts if part)
