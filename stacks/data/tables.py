"""DynamoDB tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.deployment.indexes import INDEXES, key_attributes
from cqrs.resources import STREAMED_TABLES
from stacks.accepted_risks import accept
from stacks.bindings import (
    Construct,
    DynamodbTable,
    DynamodbTableAttribute,
    DynamodbTableGlobalSecondaryIndex,
    DynamodbTablePointInTimeRecovery,
    DynamodbTableServerSideEncryption,
    DynamodbTableTtl,
    TerraformResourceLifecycle,
)
from stacks.encryption import EncryptionKey, arn_of

if TYPE_CHECKING:
    from cqrs.deployment.indexes import Index
    from stacks.environment.model import Environment


def _index(index: Index) -> DynamodbTableGlobalSecondaryIndex:
    return DynamodbTableGlobalSecondaryIndex(
        name=index.name,
        hash_key=index.partition_key,
        range_key=index.sort_key,
        projection_type="INCLUDE" if index.projected else "KEYS_ONLY",
        non_key_attributes=list(index.projected) or None,
    )


class Tables(Construct):
    """All tables, keyed alike; those that start work have a stream of new images."""

    def __init__(
        self, scope: Construct, environment: Environment, key: EncryptionKey | None
    ) -> None:
        super().__init__(scope, "tables")
        self._key = key
        self._tables = {
            table: self._create(table, environment) for table in environment.table_names
        }

    def name(self, table: str) -> str:
        """Name of a table."""
        return str(self._tables[table].name)

    def arn(self, table: str) -> str:
        """ARN of a table."""
        return str(self._tables[table].arn)

    def stream_arn(self, table: str) -> str:
        """ARN of a table's stream."""
        return str(self._tables[table].stream_arn)

    def _create(self, table: str, environment: Environment) -> DynamodbTable:
        streamed = table in environment.streamed_table_names
        # The project's own streams are read for what has come to be, an application's for changes.
        view = "NEW_IMAGE" if table in STREAMED_TABLES else "NEW_AND_OLD_IMAGES"
        protected = environment.deletion_protection
        created = DynamodbTable(
            self,
            table,
            name=environment.qualified(table),
            billing_mode="PAY_PER_REQUEST",
            hash_key="pk",
            range_key="sk",
            attribute=[
                DynamodbTableAttribute(name=name, type="S") for name in key_attributes(table)
            ],
            global_secondary_index=[_index(index) for index in INDEXES.get(table, ())],
            stream_enabled=streamed,
            stream_view_type=view if streamed else None,
            ttl=DynamodbTableTtl(attribute_name="ttl", enabled=True),
            point_in_time_recovery=DynamodbTablePointInTimeRecovery(
                enabled=environment.point_in_time_recovery
            ),
            server_side_encryption=DynamodbTableServerSideEncryption(
                enabled=True, kms_key_arn=arn_of(self._key)
            ),
            deletion_protection_enabled=protected,
            # Terraform would otherwise replace a table as readily as it changes a tag.
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
        )
        accept(created, self._accepted(environment))
        return created

    def _accepted(self, environment: Environment) -> dict[str, str]:
        without_key = {"CKV_AWS_119": "Encrypted with DynamoDB's own key."}
        without_recovery = {"CKV_AWS_28": "The environment's data may be lost; its file says so."}
        return {
            **({} if self._key else without_key),
            **({} if environment.point_in_time_recovery else without_recovery),
        }
