"""Tests of an application without an emulator: it runs in memory, in milliseconds.

:class:`MemoryEnvironment` has tables, queues, buckets, topics and state machines in memory, as the
stacks define them, and a clock that a test moves. ``cqrs.testing.fixtures`` has the fixture. The
function's package leaves this one out.
"""

from cqrs.testing.asl.grammar import NotKnown
from cqrs.testing.aws.unknown import NotInMemory
from cqrs.testing.environment import EnvironmentBusy, MemoryEnvironment, NeverQuiet
from cqrs.testing.executions import ExecutionView
from cqrs.testing.failures import Failure, HandlerFailed, NothingFailed
from cqrs.testing.faults import Faults
from cqrs.testing.http import ApiClient, HttpAnswer
from cqrs.testing.letters import DeadLetter

__all__ = [
    "ApiClient",
    "DeadLetter",
    "EnvironmentBusy",
    "ExecutionView",
    "Failure",
    "Faults",
    "HandlerFailed",
    "HttpAnswer",
    "MemoryEnvironment",
    "NeverQuiet",
    "NotInMemory",
    "NotKnown",
    "NothingFailed",
]
