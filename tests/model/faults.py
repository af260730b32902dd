"""The faults that may happen, and how many of them in one run."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """One thing that goes wrong."""

    CRASH_BEFORE = "crash before"
    """The invocation dies before the effect of its next call."""
    CRASH_AFTER = "crash after"
    """The invocation dies after the effect of its next call, before it learns of it."""
    STRAGGLE = "straggle"
    """Step Functions takes the invocation for dead, and it goes on."""
    RAISE = "raise"
    """The sync handler raises once; whether it saw the command before that, is for it to say."""
    LOSE = "lose"
    """Step Functions accepts an answer to a token, and it never arrives."""
    TIMEOUT = "timeout"
    """A wait times out while others are at work."""
    DUPLICATE = "duplicate"
    """A stream record is delivered again, however late."""
    DOUBLE = "double"
    """An Express execution runs a second time, however late."""
    STOP = "stop"
    """Somebody stops the execution, which none of its states can catch."""
    OVERDUE = "overdue"
    """The execution times out as a whole, which none of its states can catch either. Nobody is told
    so of an Express one."""
    EXPIRE = "expire"
    """DynamoDB deletes a command that is finished and has a TTL."""
    REPEAT = "repeat"
    """A request's answer is lost after its effect, and the SDK makes it again."""
    BUSY = "busy"
    """Other writes of its items are in a transaction's way, or its first try still is."""
    VISIBLE = "visible"
    """A message can be received again while its receiver works on it."""
    REDRIVE = "redrive"
    """Somebody lets an execution that has failed go on where it failed."""
    BEHIND = "behind"
    """An index does not hold yet what was written to its table."""
    STALE = "stale"
    """Step Functions reports an execution as it was a moment ago."""
    THROTTLE = "throttle"
    """AWS refuses the next call for the moment, and does nothing."""
    NO_TIME = "no time"
    """The invocation has no time for any of its work."""
    LITTLE_TIME = "little time"
    """The invocation has time for a part of its work."""
    REPLACE = "replace"
    """Somebody puts another file in the place of the one that is imported."""
    DELETE = "delete"
    """Somebody deletes the file that is imported."""


CRASHES = frozenset({Fault.CRASH_BEFORE, Fault.CRASH_AFTER})

UNRELIABLE_SIGNALS = frozenset({Fault.LOSE, Fault.STRAGGLE, Fault.TIMEOUT, Fault.EXPIRE})
"""Faults after which a wait may have to end by its timeout, which is there for them.

An execution that is stopped is none of them: the event of its end tells the successor.
"""
