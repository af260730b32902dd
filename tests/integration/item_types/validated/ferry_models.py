"""The model of ferries, which needs pydantic."""

from __future__ import annotations

from pydantic import BaseModel, model_validator


class Ferry(BaseModel):
    """The attributes of a ferry."""

    cars: int
    people: int

    @model_validator(mode="after")
    def has_drivers(self) -> Ferry:
        """Refuse a ferry with fewer people than cars, which no schema can."""
        if self.people < self.cars:
            raise ValueError("somebody has to drive each car")
        return self
