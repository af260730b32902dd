"""How executions end that say nothing of it themselves."""

ERRORS = {
    "TIMED_OUT": "ExecutionTimedOut",
    "ABORTED": "ExecutionAborted",
    "FAILED": "ExecutionFailed",
}
"""Name of the error that work fails with, by the status of the execution that did it."""
