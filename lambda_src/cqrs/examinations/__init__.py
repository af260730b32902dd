"""Faults of an environment, for those who look at it and repair it."""
