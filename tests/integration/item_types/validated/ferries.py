"""Ferries, whose model is in a layer and has a validator."""

from app.registry import application

application.item_type("FERRY", "ferry_models:Ferry", validators=True)
