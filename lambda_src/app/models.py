"""Pydantic models of the sample's item types.

The function never imports this module, as its package has no pydantic: it has the models' schemas.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from app.great_circle import LATITUDES, LONGITUDES

LONGEST_NAME = 200
"""Of what the list of a country's airports holds; the country is a part of its partition key."""


class Airport(BaseModel):
    """The attributes of an airport, which may have others beside them."""

    model_config = ConfigDict(extra="allow")

    city: str | None = Field(default=None, max_length=LONGEST_NAME)
    state: str | None = None
    country: str | None = Field(
        default=None, max_length=LONGEST_NAME, description="Its name in English."
    )
    latitude: float | None = Field(default=None, ge=LATITUDES[0], le=LATITUDES[1])
    longitude: float | None = Field(default=None, ge=LONGITUDES[0], le=LONGITUDES[1])
