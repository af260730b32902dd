"""The latest state of an item, and the states before it."""
