"""A pace for requests of which an account has few a second."""

from __future__ import annotations

import time

DESCRIPTIONS_A_SECOND = 5.0
"""Half of what an account may ask for in most regions: 10 DescribeExecution a second, of any
machine (Step Functions guide, "Service quotas"). The other half is left to the application."""

DESCRIPTIONS_AT_ONCE = 20
"""Requests before the first pause. An account has a bucket of some 250."""


class Pace:
    """Lets some requests pass at once, and others one after the other (a token bucket).

    Parameters
    ----------
    a_second
        How many pass in a second, in the long run.
    at_once
        How many pass without a pause after a time without any.

    Attributes
    ----------
    passed
        How many have passed.
    """

    def __init__(
        self, a_second: float = DESCRIPTIONS_A_SECOND, at_once: int = DESCRIPTIONS_AT_ONCE
    ) -> None:
        self._a_second = a_second
        self._at_once = at_once
        self._left = float(at_once)
        self._at = time.monotonic()
        self.passed = 0

    def keep(self) -> None:
        """Wait until another request may be made."""
        now = time.monotonic()
        self._left = min(self._at_once, self._left + (now - self._at) * self._a_second) - 1
        self._at = now
        if self._left < 0:
            time.sleep(-self._left / self._a_second)
        self.passed += 1
