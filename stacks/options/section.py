"""The common parts of all sections of an environment's file."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

CLOUDWATCH_RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
)  # fmt: skip
"""Retention periods that CloudWatch Logs accepts (API reference, PutRetentionPolicy)."""

MAX_STATE_SECONDS = 99_999_999
"""Longest timeout of a state or an execution (Amazon States Language)."""


def _allowed_retention(days: int) -> int:
    if days not in CLOUDWATCH_RETENTION_DAYS:
        allowed = ", ".join(map(str, CLOUDWATCH_RETENTION_DAYS))
        raise ValueError(f"must be a period that CloudWatch Logs accepts: {allowed}")
    return days


RetentionDays = Annotated[int, AfterValidator(_allowed_retention)]

StateSeconds = Annotated[int, Field(ge=1, le=MAX_STATE_SECONDS)]

TtlDays = Annotated[int, Field(ge=0, le=36500)]


class Section(BaseModel):
    """Base of all tables of an environment file: typed strictly, and closed to unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
