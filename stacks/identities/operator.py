"""The permissions of users of ``cqrs``: to look, or to repair as well.

An operator works on data through commands and the function, and may not write the other tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import (
    DEAD_LETTERS_PREFIX,
    DISCARDED_PREFIX,
    UPLOADS_PREFIX,
    Table,
    dead_letter_queue,
)
from stacks.access.emulator import callback_resources, log_group_resources
from stacks.access.statements import Conditions, Statement

if TYPE_CHECKING:
    from stacks.environment.model import Environment

WRITING = ("kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo")
"""DynamoDB asks this of a writer, beside reading (DynamoDB guide, "DynamoDB encryption at rest:
usage notes")."""


def reader_statements(environment: Environment) -> list[Statement]:
    """Allow the commands that show something, but for approvals and histories.

    Both hold the task tokens by which people's answers are given, and are left to operators. The
    commands table holds those of commands that wait; answering takes further permissions.
    """
    tables = [table for table in Table if table is not Table.APPROVALS]
    own = environment.bucket_arn(environment.bucket)
    executions = tuple(environment.execution_arns(name) for name in environment.standard_machines)
    standard = tuple(environment.state_machine_arn(name) for name in environment.standard_machines)
    machines = tuple(environment.state_machine_arn(name) for name in environment.state_machines)
    return [
        # Its tags say whose it is.
        Statement("KnowFunction", ("lambda:ListTags",), (environment.function_arn(),)),
        Statement(
            "ReadTables",
            ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"),
            _with_indexes(environment, *tables),
        ),
        Statement("ListExecutions", ("states:ListExecutions",), standard),
        Statement("ReadMachines", ("states:DescribeStateMachine",), machines),
        Statement("ReadExecutions", ("states:DescribeExecution",), executions),
        Statement(
            "ReadDeadLetters",
            ("sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
            _dead_letter_queues(environment),
        ),
        Statement(
            "ReadFunctionLog",
            ("logs:FilterLogEvents",),
            log_group_resources(environment, [environment.function_log_group]),
        ),
        Statement("ReadFiles", ("s3:GetObject",), (f"{own}/*",)),
        Statement("TellMissingFiles", ("s3:ListBucket",), (own,)),
        *key_statements(environment, "ReadEncrypted", ("kms:Decrypt", "kms:DescribeKey")),
    ]


def operator_statements(environment: Environment) -> list[Statement]:
    """Allow every command."""
    machines = tuple(environment.state_machine_arn(name) for name in environment.state_machines)
    standard = tuple(environment.state_machine_arn(name) for name in environment.standard_machines)
    executions = tuple(environment.execution_arns(name) for name in environment.standard_machines)
    own = environment.bucket_arn(environment.bucket)
    streams = tuple(
        f"{environment.table_arn(table)}/stream/*" for table in environment.streamed_table_names
    )
    return [
        *reader_statements(environment),
        Statement("InvokeFunction", ("lambda:InvokeFunction",), (environment.function_arn(),)),
        Statement(
            "PublishAndRetryCommands",
            ("dynamodb:ConditionCheckItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
            (environment.table_arn(Table.COMMANDS),),
        ),
        # The version that an item has is checked in the transaction that publishes the next.
        Statement(
            "CheckVersions", ("dynamodb:ConditionCheckItem",), (environment.table_arn(Table.DATA),)
        ),
        Statement(
            "ReadApprovals",
            ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"),
            _with_indexes(environment, Table.APPROVALS),
        ),
        Statement(
            "AnswerApprovals",
            ("dynamodb:UpdateItem",),
            (environment.table_arn(Table.APPROVALS),),
        ),
        Statement("ReadHistories", ("states:GetExecutionHistory",), executions),
        # Those of the state machines hold what states get, task tokens among it.
        Statement("ReadLogs", ("logs:FilterLogEvents",), _machine_logs(environment)),
        Statement(
            "AnswerCallbacks",
            ("states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess"),
            callback_resources(environment, standard),
        ),
        Statement("StartExecutions", ("states:StartExecution",), machines),
        Statement("StopExecutions", ("states:StopExecution",), executions),
        Statement(
            "RemoveDeadLetters",
            ("sqs:DeleteMessage",),
            _dead_letter_queues(environment),
        ),
        Statement("RemoveLettersBodies", ("s3:DeleteObject",), (f"{own}/{DEAD_LETTERS_PREFIX}/*",)),
        Statement("RecordDiscarded", ("s3:PutObject",), (f"{own}/{DISCARDED_PREFIX}/*",)),
        Statement(
            "GiveMessagesBack",
            ("sqs:SendMessage",),
            tuple(environment.queue_arn(queue) for queue in environment.queue_names),
        ),
        Statement(
            "ReadFailedRecords", ("dynamodb:GetRecords", "dynamodb:GetShardIterator"), streams
        ),
        Statement(
            "Upload",
            ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"),
            (f"{own}/{UPLOADS_PREFIX}/*",),
        ),
        *key_statements(environment, "WriteEncrypted", WRITING),
    ]


def _machine_logs(environment: Environment) -> tuple[str, ...]:
    groups = [environment.machine_log_group(machine) for machine in environment.state_machines]
    of_api = [environment.api_log_group] if environment.api.enabled else []
    return log_group_resources(environment, [*groups, *of_api])


def _with_indexes(environment: Environment, *tables: Table) -> tuple[str, ...]:
    arns = [environment.table_arn(table) for table in tables]
    return (*arns, *(f"{arn}/index/*" for arn in arns))


def _dead_letter_queues(environment: Environment) -> tuple[str, ...]:
    sources = environment.dead_letter_sources
    return tuple(environment.queue_arn(dead_letter_queue(source)) for source in sources)


def key_statements(environment: Environment, sid: str, actions: tuple[str, ...]) -> list[Statement]:
    """Allow the use of the environment's own key, if it has one."""
    if not environment.encryption.customer_managed_key:
        return []
    # A key's ARN is known to the deployed stack only, its alias before (KMS guide, "Use aliases to
    # control access to KMS keys").
    of_environment: Conditions = {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": environment.key_alias}
    }
    return [Statement(sid, actions, (environment.arn("kms", "key/*"),), of_environment)]
