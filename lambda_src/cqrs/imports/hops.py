"""Hops: how often a message of an import was sent on since the last row that was done.

A message that the function sends to itself could go round for ever. Lambda's own guard ends a chain
after 16, however many rows it does (Lambda guide, "Use Lambda recursive loop detection"). So each
message counts its hops. The more there were, the later the next one comes.
"""

from __future__ import annotations

import math
import random

MOST_HOPS = 100
"""After which an import gives up what a message is about: with their delays that is most of a
day."""

LONGEST_DELAY = 900
"""Seconds that SQS delays a message at most (SQS API reference, SendMessage)."""


def delay_seconds(hops: int) -> int:
    """Seconds until a message comes that was sent on so often: 1, 2, 4 and so on.

    They may be up to half less, so that messages which were hindered together part.
    """
    longest = min(LONGEST_DELAY, 2 ** (hops - 1)) if hops else 0
    return math.ceil(random.uniform(longest / 2, longest))  # noqa: S311 - jitter, not a secret


def told(row: int) -> str:
    """Why an import gives up, and what to do then."""
    return (
        f"The rows from row {row} on were left to another invocation {MOST_HOPS} times in a row, "
        "and none of them was done. That is as long as an import waits. The function's log says "
        'what hindered it ("Chunk has to wait", "Message is sent on"), and `cqrs doctor` which '
        "commands keep items busy. Mend that and import the file again. Rows that were imported "
        "are skipped then."
    )
