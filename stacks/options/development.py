"""Development on a deployed environment."""

from __future__ import annotations

from pydantic import Field

from stacks.options.section import Section


class DevelopmentOptions(Section):
    """``[development]``."""

    enabled: bool = Field(
        default=False,
        description="Whether `make dev` may change the environment on AWS with each saved file; "
        "default false. It is refused with `deletion_protection`. One on an emulator needs no "
        "leave.",
    )
