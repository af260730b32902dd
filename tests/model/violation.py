"""The sign that a rule does not hold."""

from __future__ import annotations


class Violation(Exception):
    """If a rule was broken.

    Attributes
    ----------
    rule
        Which one.
    """

    def __init__(self, rule: str, details: str) -> None:
        super().__init__(f"{rule}: {details}")
        self.rule = rule
