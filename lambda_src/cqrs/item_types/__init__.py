"""Typed items: what the attributes of a type of item must be, and how its form changes."""
