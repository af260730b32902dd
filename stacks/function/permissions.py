"""The permissions of the function, one statement a concern, and on which resources.

Actions follow the Service Authorization Reference. DynamoDB authorises the parts of a transaction
by the actions of its single operations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import (
    API_TABLE,
    CONNECTIONS_TABLE,
    DEAD_LETTERS_PREFIX,
    FAILED_EVENTS,
    StateMachine,
    Table,
    dead_letter_queue,
)
from cqrs.states import ImportState
from stacks.access.emulator import (
    alarm_list_resources,
    callback_resources,
    known_conditions,
    log_group_resources,
    mail_resources,
    map_run_resources,
)
from stacks.access.statements import Conditions, Statement
from stacks.declarations.resources import OwnBucket, OwnTable, OwnTopic
from stacks.environment.names import LIVE_ID, LIVE_STAGE
from stacks.options.notifications import ARN_BEGIN

if TYPE_CHECKING:
    from stacks.environment.model import Environment

WORK_TABLES = (Table.TASKS, Table.IMPORT_TMP, Table.APPROVALS)


def handler_statements(environment: Environment, log_group: str) -> list[Statement]:
    """All statements of the function's role."""
    return [
        *_tables(environment),
        *_database(environment),
        *_api_table(environment),
        *_live(environment),
        *_api_operations(environment, log_group),
        *_own_tables(environment),
        *_streams(environment),
        *_queues(environment),
        *_topic(environment),
        *_email(environment),
        *_webhook(environment),
        *_own_topics(environment),
        *_failed_events(environment),
        *_state_machines(environment),
        *_buckets(environment),
        *_own_buckets(environment),
        *_observability(environment, log_group),
        *_network(environment),
    ]


def _tables(environment: Environment) -> list[Statement]:
    return [
        Statement(
            "PublishAndFollowCommands",
            (
                "dynamodb:BatchGetItem",
                "dynamodb:ConditionCheckItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
            ),
            (environment.table_arn(Table.COMMANDS),),
        ),
        Statement(
            "KeepLatestState",
            (
                "dynamodb:BatchGetItem",
                "dynamodb:ConditionCheckItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
            ),
            (environment.table_arn(Table.DATA),),
        ),
        Statement(
            "KeepEarlierStates",
            ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"),
            (environment.table_arn(Table.HISTORY),),
        ),
        # Its rebuild reads the data table from end to end.
        Statement("FillReadModels", ("dynamodb:Scan",), (environment.table_arn(Table.DATA),)),
        Statement(
            "KeepReadModels",
            (
                "dynamodb:BatchGetItem",
                "dynamodb:DeleteItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:Scan",
                "dynamodb:UpdateItem",
            ),
            (environment.table_arn(Table.READ_MODELS),),
        ),
        Statement(
            "TrackTasksImportsAndApprovals",
            (
                "dynamodb:BatchGetItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
            ),
            tuple(environment.table_arn(table) for table in WORK_TABLES),
        ),
        # Sub-tasks are stored on the condition that nobody has ended their task.
        Statement(
            "CheckTasks", ("dynamodb:ConditionCheckItem",), (environment.table_arn(Table.TASKS),)
        ),
        Statement(
            "ListTasksImportsAndApprovals",
            ("dynamodb:Query",),
            tuple(f"{environment.table_arn(table)}/index/*" for table in WORK_TABLES),
        ),
        Statement(
            "FindUnfinishedCommands",
            ("dynamodb:Query",),
            (f"{environment.table_arn(Table.COMMANDS)}/index/*",),
        ),
    ]


def _database(environment: Environment) -> list[Statement]:
    """Allow to log in to the database of read models, as one of its roles."""
    if environment.read_models.sql.engine == "none":
        return []
    action, resource = environment.sql_login
    return [Statement("LogInToDatabase", (action,), (resource,))]


def _network(environment: Environment) -> list[Statement]:
    """Allow Lambda to make the function's network interfaces, and refuse that to its code.

    EC2 authorises some of these on all resources alone. The refusal is Lambda's own advice (Lambda
    guide, "Giving Lambda functions access to resources in an Amazon VPC").
    """
    if environment.function.vpc is None:
        return []
    actions = (
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
    )
    by_code = {"ArnEquals": {"lambda:SourceFunctionArn": environment.function_arn()}}
    return [
        Statement("JoinNetwork", actions, ("*",)),
        Statement("LeaveNetworkToLambda", actions, ("*",), by_code, "Deny"),
    ]


def _api_table(environment: Environment) -> list[Statement]:
    if not environment.api.enabled:
        return []
    return [
        Statement(
            "AnswerRepeatedRequests",
            ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
            (environment.table_arn(API_TABLE),),
        )
    ]


def _live(environment: Environment) -> list[Statement]:
    """Allow to keep connections, and to post to those of this environment.

    (Service Authorization Reference, "Amazon API Gateway Management"; API Gateway guide, "Use
    @connections commands in your backend service".)
    """
    if not environment.api.has_live:
        return []
    return [
        Statement(
            "KeepConnections",
            (
                "dynamodb:DeleteItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
            ),
            (environment.table_arn(CONNECTIONS_TABLE),),
        ),
        Statement(
            "TellConnections",
            ("execute-api:ManageConnections",),
            tuple(
                environment.arn("execute-api", f"{LIVE_ID}/{LIVE_STAGE}/{method}/@connections/*")
                for method in ("DELETE", "POST")
            ),
        ),
    ]


def _api_operations(environment: Environment, log_group: str) -> list[Statement]:
    """Allow what people do by the HTTP API: look at executions, their log, letters and alarms."""
    if not environment.api.enabled:
        return []
    names = environment.state_machines
    letters = tuple(
        environment.queue_arn(dead_letter_queue(source))
        for source in environment.dead_letter_sources
    )
    bodies = f"{environment.bucket_arn(environment.bucket)}/{DEAD_LETTERS_PREFIX}/*"
    return [
        Statement(
            "ShowMachines",
            ("states:DescribeStateMachine", "states:ListExecutions"),
            tuple(environment.state_machine_arn(name) for name in names),
        ),
        Statement(
            "GiveLettersBackOrUp",
            (
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
            ),
            letters,
        ),
        Statement("RemoveLettersBodies", ("s3:DeleteObject",), (bodies,)),
        Statement("ListAlarms", ("cloudwatch:DescribeAlarms",), alarm_list_resources(environment)),
        Statement(
            "ReadOwnLog",
            ("logs:FilterLogEvents",),
            log_group_resources(environment, [log_group]),
        ),
    ]


def _own_tables(environment: Environment) -> list[Statement]:
    tables = tuple(environment.table_arn(own.name) for own in environment.own(OwnTable))
    if not tables:
        return []
    return [
        Statement(
            "KeepOwnItems",
            (
                "dynamodb:BatchGetItem",
                "dynamodb:BatchWriteItem",
                "dynamodb:ConditionCheckItem",
                "dynamodb:DeleteItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
            ),
            tables,
        )
    ]


def _own_topics(environment: Environment) -> list[Statement]:
    topics = tuple(environment.topic_arn(own.name) for own in environment.own(OwnTopic))
    return [Statement("PublishToOwnTopics", ("sns:Publish",), topics)] if topics else []


def _failed_events(environment: Environment) -> list[Statement]:
    """Allow Lambda to set aside, in the function's name, what topics and the like have sent."""
    if not environment.has_own_events:
        return []
    queue = environment.queue_arn(dead_letter_queue(FAILED_EVENTS))
    return [Statement("KeepFailedEvents", ("sqs:SendMessage",), (queue,))]


def _own_buckets(environment: Environment) -> list[Statement]:
    names = [environment.own_bucket(own.name) for own in environment.own(OwnBucket)]
    if not names:
        return []
    buckets = tuple(environment.bucket_arn(name) for name in names)
    return [
        Statement(
            "KeepOwnFiles",
            ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"),
            tuple(f"{bucket}/*" for bucket in buckets),
        ),
        Statement("TellMissingOwnFiles", ("s3:ListBucket",), buckets),
    ]


def _streams(environment: Environment) -> list[Statement]:
    # The last part of a stream's ARN is the time at which it was enabled.
    tables = environment.streamed_table_names
    streams = tuple(f"{environment.table_arn(table)}/stream/*" for table in tables)
    failures = tuple(environment.queue_arn(dead_letter_queue(table)) for table in tables)
    return [
        Statement(
            "ReadStreams",
            (
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:ListStreams",
            ),
            streams,
        ),
        Statement("KeepFailedRecords", ("sqs:SendMessage",), failures),
    ]


def _queues(environment: Environment) -> list[Statement]:
    return [
        Statement(
            "SendAndConsumeMessages",
            (
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
                "sqs:SendMessage",
            ),
            tuple(environment.queue_arn(queue) for queue in environment.queue_names),
        ),
        Statement(
            "KeepFailedMessages",
            ("sqs:SendMessage",),
            tuple(
                environment.queue_arn(dead_letter_queue(queue)) for queue in environment.queue_names
            ),
        ),
    ]


def _topic(environment: Environment) -> list[Statement]:
    if not environment.notifications.topic:
        return []
    return [Statement("PostNotifications", ("sns:Publish",), (environment.topic_arn(),))]


def _email(environment: Environment) -> list[Statement]:
    """Allow to send mails from one address, by the identities that are verified for it.

    (Service Authorization Reference, "Amazon Simple Email Service v2".)
    """
    options = environment.notifications.email
    if options is None:
        return []
    identities = [f"identity/{name}" for name in options.sending_identities]
    sets = [f"configuration-set/{options.configuration_set}"] if options.configuration_set else []
    own: Conditions = {"StringEquals": {"ses:FromAddress": options.from_address}}
    return [
        Statement(
            "MailNotices",
            ("ses:SendEmail",),
            mail_resources(
                environment, tuple(environment.arn("ses", name) for name in identities + sets)
            ),
            known_conditions(environment, own),
        )
    ]


def _webhook(environment: Environment) -> list[Statement]:
    options = environment.notifications.webhook
    if options is None:
        return []
    secret = options.secret
    # Behind its name an ARN has six characters, which Secrets Manager chooses.
    whole = (
        secret
        if secret.startswith(ARN_BEGIN)
        else environment.arn("secretsmanager", f"secret:{secret}-??????")
    )
    return [Statement("SignNotices", ("secretsmanager:GetSecretValue",), (whole,))]


def _state_machines(environment: Environment) -> list[Statement]:
    started = tuple(environment.state_machine_arn(name) for name in environment.state_machines)
    names = environment.standard_machines
    machines = tuple(environment.state_machine_arn(name) for name in names)
    executions = tuple(environment.execution_arns(name) for name in names)
    return [
        Statement("StartExecutions", ("states:StartExecution",), started),
        Statement(
            "AnswerCallbacks",
            ("states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess"),
            callback_resources(environment, machines),
        ),
        Statement(
            "FollowExecutions",
            ("states:DescribeExecution", "states:GetExecutionHistory", "states:StopExecution"),
            executions,
        ),
        *_import_failures(environment),
    ]


def _import_failures(environment: Environment) -> list[Statement]:
    """Allow to find out which batch of an import failed, and with what."""
    machine = environment.state_machine(StateMachine.IMPORT_CSV)
    label = f"{machine}/{ImportState.IMPORT_CSV}"
    # Children are Express ones on AWS, and of the usual kind on emulators.
    children = (f"express:{label}:*", f"execution:{label}:*")
    return [
        Statement(
            "FindMapRuns",
            ("states:ListMapRuns",),
            (environment.execution_arns(StateMachine.IMPORT_CSV),),
        ),
        Statement(
            "ReadMapRuns",
            ("states:DescribeMapRun", "states:ListExecutions"),
            map_run_resources(environment, environment.arn("states", f"mapRun:{label}:*")),
        ),
        Statement(
            "ReadFailedBatches",
            ("states:DescribeExecution",),
            tuple(environment.arn("states", child) for child in children),
        ),
    ]


def _buckets(environment: Environment) -> list[Statement]:
    own = environment.bucket_arn(environment.bucket)
    sources = [environment.bucket_arn(name) for name in environment.import_buckets]
    statements = [
        Statement(
            "KeepFiles",
            ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"),
            (f"{own}/*",),
        ),
        # Without it, S3 answers 403 and not 404 for an object that is not there.
        Statement("TellMissingFiles", ("s3:ListBucket",), (own, *sources)),
    ]
    if sources:
        objects = tuple(f"{source}/*" for source in sources)
        statements.append(Statement("ReadImportedFiles", ("s3:GetObject",), objects))
    return statements


def _observability(environment: Environment, log_group: str) -> list[Statement]:
    return [
        Statement(
            "WriteLog",
            ("logs:CreateLogStream", "logs:PutLogEvents"),
            (environment.arn("logs", f"log-group:{log_group}:*"),),
        ),
        # X-Ray has no resources to narrow these to.
        Statement("SendTraces", ("xray:PutTelemetryRecords", "xray:PutTraceSegments"), ("*",)),
    ]
