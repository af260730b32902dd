"""The sample's item types: what the attributes of their items must be."""

from app.airports_by_country import AIRPORT
from app.registry import application

application.item_type(AIRPORT, "app.models:Airport")
