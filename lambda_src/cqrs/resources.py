"""Base names of the AWS resources.

Each is written here once. A deployed resource carries the environment's prefix
``<environment>-<application>-`` before its base name. The Terraform stacks, the runtime and the
command line all build names from these enumerations.
"""

from enum import StrEnum


class Table(StrEnum):
    """DynamoDB tables."""

    COMMANDS = "commands"
    DATA = "data"
    HISTORY = "history"
    TASKS = "tasks"
    IMPORT_TMP = "import_tmp"
    APPROVALS = "approvals"
    READ_MODELS = "read_models"


class Queue(StrEnum):
    """SQS queues that the function consumes."""

    TASK_ACTION = "task-action-queue"
    NOTIFICATION = "notification-queue"
    IMPORT_ACTION = "import-action-queue"


class StateMachine(StrEnum):
    """Step Functions state machines; all are Standard ones but :attr:`EXPRESS_COMMAND`."""

    COMMAND = "command-handler"
    EXPRESS_COMMAND = "command-express"
    TASK = "task-handler"
    IMPORT_CSV = "import-csv"


class OwnKind(StrEnum):
    """Kinds of resources that an application declares for itself."""

    QUEUE = "queue"
    TABLE = "table"
    TOPIC = "topic"
    BUCKET = "bucket"
    SCHEDULE = "schedule"


OWN_STREAM = "stream"
"""Marks a table of an application's own that has a stream."""

API_TABLE = "api"
"""Base name of the table of the HTTP API, which only an environment with one has."""

CONNECTIONS_TABLE = "connections"
"""Base name of the table of the live channel, which only an environment with one has."""

RUN_TASK = "read-model-run"
"""Type of the tasks that rebuild and replay read models."""

STREAMED_TABLES = (Table.TASKS, Table.COMMANDS, Table.IMPORT_TMP)
"""Tables whose stream invokes the function."""

FUNCTION_LOGS = "/aws/lambda/"
MACHINE_LOGS = "/aws/vendedlogs/states/"
API_LOGS = "/aws/vendedlogs/apigateway/"
"""The beginnings of the names of log groups. Those under ``/aws/vendedlogs/`` keep the account's
log resource policy short (Step Functions guide, "Logging in CloudWatch Logs")."""

FUNCTION = "main"
"""Base name of the Lambda function that serves every event source and every state."""

NOTIFICATION_TOPIC = "notification-topic"
"""Base name of the SNS topic that notifications are posted to."""

ALARM_TOPIC = "alarm-topic"
"""Base name of the SNS topic that alarms are sent to."""

API_ALIAS = "http-api"
"""Alias of the function that API Gateway alone invokes."""

API = "http-api"
"""Base name of the HTTP API and of its access log."""

CONSOLE = "console"
"""Base name of what the web console has in CloudFront."""

LIVE_API = "live-api"
"""Base name of the WebSocket API of the live channel, and of its access log."""

USER_POOL = "users"
"""Base name of the user pool, and of its app client."""

DASHBOARD = "dashboard"
"""Base name of the dashboard."""

EXECUTIONS_ENDED = "executions-ended"
"""Base name of the EventBridge rule that reports executions that ended early."""

HEALER = "healer"
"""Base name of the schedule by which the function heals, and of its role."""

FAILED_EVENTS = "events"
"""Events from topics, buckets and rules, as a source of dead letters."""

MODEL_SCHEMAS = "model_schemas.json"
"""File of the function's package: the schemas of item types that are pydantic models, by name."""

HANDLER = "handler.handler"
"""Entry point of the function: module and attribute."""

ATTRIBUTES_PREFIX = "attributes"
"""The folder of the bucket with attributes that are too large for items."""

TASKS_PREFIX = "tasks"
IMPORTS_PREFIX = "imports"
"""Folders of the bucket with what is too large for items of tasks and imports."""

WHOLE_ITEMS_PREFIX = "whole-items"
"""The folder of the bucket with items as they were before they were made smaller."""

IMPORT_COPIES_PREFIX = "import-copies"
"""The folder in the bucket of what imports under way have copied of their files."""

UPLOADS_PREFIX = "uploads"
"""The folder of uploaded files in the bucket, with a folder for each tenant."""

DEAD_LETTERS_PREFIX = "dead-letters"
"""The folder in the bucket for the bodies that a dead letter cannot hold, with a folder for each
source."""

DISCARDED_PREFIX = "discarded"
"""The folder of the records of discarded dead letters in the bucket."""

RESULTS_PREFIX = "import-results"
"""The folder in the bucket for what batches of imports have answered."""

TRIES_PREFIX = "tries"
"""The folder in the bucket for counted tries of stream records, with a folder for each table."""

EXPORTS_PREFIX = "exports"
"""The folder in the bucket of what was exported, with a folder for each tenant."""

ERASURES_PREFIX = "erasures"
"""The folder in the bucket of the records that something was erased, and of nothing erased."""

DEAD_LETTER_RETENTION_DAYS = 14
"""Longest retention of SQS: time to notice and redrive."""


def dead_letter_queue(name: str) -> str:
    """Name of the dead-letter queue of a queue, or on-failure queue of a stream's table."""
    return f"{name}-dlq"


def uploads_folder(tenant: str) -> str:
    """The beginning of the keys of a tenant's uploaded files."""
    return f"{UPLOADS_PREFIX}/{tenant}/"
