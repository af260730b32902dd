"""EventBridge's reports of executions, such as ends that no state can catch."""

TIMED_OUT = "TIMED_OUT"
"""Status of an execution that took longer than its state machine lets one take."""

ERRORS = {
    TIMED_OUT: "ExecutionTimedOut",
    "ABORTED": "ExecutionAborted",
    "FAILED": "ExecutionFailed",
}
"""Name of the error that work fails with, by the status of the execution that did it."""


EXECUTION_STATUS = ("aws.states", "Step Functions Execution Status Change")
"""``source`` and ``detail-type`` of Step Functions' events (EventBridge guide, "Step Functions
events")."""
