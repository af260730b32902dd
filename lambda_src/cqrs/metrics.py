"""Names of the metrics that the function writes into its log.

CloudWatch makes metrics of them (CloudWatch guide, "Embedding metrics within logs"), at the price
of a log line: no request is made. Their one dimension is the service, which is the function: a
metric of each tenant would be billed for each tenant.
"""

from enum import StrEnum

SERVICE = "service"
"""Name of the dimension, as Powertools writes it."""


class Metric(StrEnum):
    """Each counts what its name says, but for the one that is a time."""

    COMMANDS_FINISHED = "CommandsFinished"
    COMMANDS_FAILED = "CommandsFailed"
    COMMAND_WAITS_TIMED_OUT = "CommandWaitsTimedOut"
    COMMAND_WAIT_TIME = "CommandWaitTime"
    EXECUTIONS_TIMED_OUT = "ExecutionsTimedOut"
    SUB_TASKS_FINISHED = "SubTasksFinished"
    SUB_TASKS_FAILED = "SubTasksFailed"
    ROWS_IMPORTED = "RowsImported"
    ROWS_SKIPPED = "RowsSkipped"
    ROWS_REJECTED = "RowsRejected"
    IMPORT_JOBS_FAILED = "ImportJobsFailed"
    IMPORT_MESSAGES_GIVEN_UP = "ImportMessagesGivenUp"
    APPROVALS_ANSWERED = "ApprovalsAnswered"
    APPROVALS_EXPIRED = "ApprovalsExpired"
    LIVE_MESSAGES_SENT = "LiveMessagesSent"
    LIVE_MESSAGES_DROPPED = "LiveMessagesDropped"
    FAULTS_HEALED = "FaultsHealed"
    FAULTS_LEFT = "FaultsLeft"


MEANINGS = {
    Metric.COMMANDS_FINISHED: "commands that an execution applied, in either lane",
    Metric.COMMANDS_FAILED: "commands that such an execution failed, those behind a failed one "
    "included",
    Metric.COMMAND_WAITS_TIMED_OUT: "waits for the command before that were not ended by a signal "
    "within `wait_seconds` of `[command]`",
    Metric.COMMAND_WAIT_TIME: "milliseconds from the start of a command's execution to its turn",
    Metric.EXECUTIONS_TIMED_OUT: "executions of commands that took longer than "
    "`execution_timeout_seconds`, and were followed by others",
    Metric.SUB_TASKS_FINISHED: "sub-tasks that were completed",
    Metric.SUB_TASKS_FAILED: "sub-tasks that failed",
    Metric.ROWS_IMPORTED: "rows that an import published, told at its end",
    Metric.ROWS_SKIPPED: "rows that changed nothing, told at an import's end",
    Metric.ROWS_REJECTED: "rows that were rejected, told at an import's end",
    Metric.IMPORT_JOBS_FAILED: "imports that could not go through their file",
    Metric.IMPORT_MESSAGES_GIVEN_UP: "parts of imports of which no row was done for most of a day, "
    "however often an invocation tried",
    Metric.APPROVALS_ANSWERED: "approval requests whose answer reached its execution",
    Metric.APPROVALS_EXPIRED: "approval requests that nobody answered in time",
    Metric.LIVE_MESSAGES_SENT: "messages that API Gateway took for connections of the live channel",
    Metric.LIVE_MESSAGES_DROPPED: "messages that a connection did not get: it or API Gateway was "
    "throttling, or the time was up",
    Metric.FAULTS_HEALED: "stuck commands, tasks, imports and approval requests that the healer "
    "set going again or ended",
    Metric.FAULTS_LEFT: "those that it found and could not mend, each time that it met them",
}
"""The meaning of each metric."""
