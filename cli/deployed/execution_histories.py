"""Histories of Standard executions, which not everybody may read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cli.deployed.refusals import REFUSALS
from cqrs.errors import NotFoundError

if TYPE_CHECKING:
    from cqrs.aws.executions import ExecutionReader


def history_of(reader: ExecutionReader, arn: str) -> list[Mapping[str, Any]] | None:
    """The events of an execution, the first one first; none if there is no such execution.

    Returns
    -------
    list or None
        None if the caller may not read histories, which hold task tokens.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415 - only those who look need it

    try:
        return list(reader.events(arn))
    except NotFoundError:
        return []
    except ClientError as error:
        if error.response.get("Error", {}).get("Code", "") in REFUSALS:
            return None
        raise
