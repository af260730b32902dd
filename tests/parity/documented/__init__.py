"""Sequences of all executions as AWS documents them, line by line, with the pages that say so.

Nobody ran these on AWS. If the guides say nothing of the order of events, it is that of histories
which others recorded on AWS. Two lines will do if nothing tells which is right.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.parity.documented.commands import COMMANDS
from tests.parity.documented.imports import IMPORTS
from tests.parity.documented.record import Documented
from tests.parity.documented.tasks import TASKS
from tests.parity.documented.workflows import WORKFLOWS

DOCUMENTED: Mapping[str, Documented] = {
    record.execution: record for record in (*COMMANDS, *TASKS, *IMPORTS, *WORKFLOWS)
}
