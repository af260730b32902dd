"""The scheduled healer."""

from __future__ import annotations

from pydantic import Field

from stacks.options.section import Section

DAY_MINUTES = 24 * 60
"""Longest pause: the stream forgets a record after a day."""


class HealingOptions(Section):
    """``[healing]``: mending what stands still, without a person."""

    rate_minutes: int = Field(
        default=5,
        ge=0,
        le=DAY_MINUTES,
        description="Minutes from one run of the healer to the next, 0 for none; default 5.",
    )
