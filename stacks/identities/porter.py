"""The permissions of those who export tenants' data, and of those who load an export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import ATTRIBUTES_PREFIX, EXPORTS_PREFIX, Table
from stacks.access.statements import Statement
from stacks.identities.operator import WRITING, key_statements, reader_statements

if TYPE_CHECKING:
    from stacks.environment.model import Environment

EXPORTED = (Table.DATA, Table.HISTORY, Table.COMMANDS)


def exporter_statements(environment: Environment) -> list[Statement]:
    """Allow ``cqrs export run``, ``list`` and ``download``, beside what readers may.

    The right to read tables from end to end is what ``cqrs doctor --restored`` takes, too.
    """
    own = environment.bucket_arn(environment.bucket)
    tables = tuple(environment.table_arn(table) for table in EXPORTED)
    return [
        *reader_statements(environment),
        Statement("FindItems", ("dynamodb:Scan",), tables),
        Statement(
            "WriteExports",
            ("s3:AbortMultipartUpload", "s3:PutObject"),
            (f"{own}/{EXPORTS_PREFIX}/*",),
        ),
        *key_statements(environment, "WriteEncrypted", WRITING),
    ]


def loader_statements(environment: Environment) -> list[Statement]:
    """Allow ``cqrs export load``, which writes states and commands as they were.

    It writes what else the function alone writes, so it is for the time of a move.
    """
    own = environment.bucket_arn(environment.bucket)
    tables = tuple(environment.table_arn(table) for table in EXPORTED)
    return [
        *reader_statements(environment),
        Statement("LoadItems", ("dynamodb:PutItem",), tables),
        Statement("LoadAttributes", ("s3:PutObject",), (f"{own}/{ATTRIBUTES_PREFIX}/*",)),
        # The function tells which versions of schemas it knows.
        Statement("InvokeFunction", ("lambda:InvokeFunction",), (environment.function_arn(),)),
        *key_statements(environment, "WriteEncrypted", WRITING),
    ]
