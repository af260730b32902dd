"""Shapes of the command workflow: states, statuses, keys and items."""

from __future__ import annotations

from enum import StrEnum


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


class SyncMode(StrEnum):
    """How a command is applied; the stream's filter lets ``ASYNC`` pass only."""

    ASYNC = "ASYNC"
    SYNC = "SYNC"
