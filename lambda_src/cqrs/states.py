"""States of the state machines, which the stacks define and the runtime serves."""

from __future__ import annotations

from enum import IntEnum, StrEnum

EXPRESS_SECONDS = 300
"""Longest Express execution, of which a batch of an import is one (Step Functions guide, "Service
quotas"). A function that may take longer has to answer within it all the same."""


class Lane(StrEnum):
    """The kind of execution that commands are started in."""

    STANDARD = "standard"
    EXPRESS = "express"


class CommandState(StrEnum):
    """States of the command-handler state machine, in the order in which they run."""

    CHECK_VERSION = "check_version"
    CHECK_VERSION_RESULT = "check_version_result"
    WAIT_PREV_COMMAND = "wait_prev_command"
    SET_TTL_COMMAND = "set_ttl_command"
    HISTORY_COPY = "history_copy"
    TRANSFORM_DATA = "transform_data"
    SYNC_DATA_ALL = "sync_data_all"
    SYNC_DATA = "sync_data"
    FINISH = "finish"
    SUCCESS = "success"
    FAIL_COMMAND = "fail_command"
    FAIL = "fail"


class CheckResult(IntEnum):
    """Answer of ``check_version``, which ``check_version_result`` branches on.

    The guide has the first three. Each state costs, so two go ahead past those that have nothing to
    do: ``COPY`` past ``set_ttl_command``, ``APPLY`` past ``history_copy`` too. ``ENDED`` is for an
    execution whose command another one has ended.
    """

    REFUSED = -1
    GO = 0
    WAIT = 1
    COPY = 2
    APPLY = 3
    ENDED = 4


class TaskState(StrEnum):
    """States of the task-handler state machine."""

    MAP_STATE = "map_state"
    ITERATOR = "iterator"
    FAIL_SUB_TASK = "fail_sub_task"


class ImportState(StrEnum):
    """States of the import-csv state machine."""

    IMPORT_CSV = "import-csv"
    CSV_ROWS_HANDLER = "csv_rows_handler"
    FINALIZE = "finalize"


ERROR_STATUS = "error"
"""``status`` of an error result, for a Choice to branch on."""
