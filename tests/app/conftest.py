"""Fixtures of the application's tests: ``environment`` runs it in memory."""

from cqrs.testing.fixtures import environment

__all__ = ["environment"]
