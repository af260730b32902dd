"""Work of a tenant that leaves something in every store, with a marker in each field."""

from __future__ import annotations

import json
from typing import Any

from cqrs.aws.item_store import Put
from cqrs.core.attribute_values import to_attribute_values
from cqrs.core.keys import ItemKey
from cqrs.dead_letters.discarded_letters import Decision
from cqrs.dead_letters.discarding import discard
from cqrs.dead_letters.queue import DeadLetterQueue
from cqrs.errors import ValidationError
from cqrs.imports.keys import ImportKey
from cqrs.items.read_models import Entry
from cqrs.read_models.places import Change, Generation
from cqrs.read_models.table_place import TablePlace
from cqrs.resources import Queue, Table, uploads_folder
from cqrs.services import Services
from cqrs.storage.large_values import folder_of
from cqrs.storage.request_records import IDEMPOTENCY
from cqrs.storage.tenant_folders import tenant_folder

LARGE = 20_000
"""Bytes that do not stay in an item."""

OWN_TABLE, OWN_BUCKET = "reports", "files"


class Planting:
    """Leaves something of a tenant everywhere.

    Parameters
    ----------
    services
        The environment's.
    tenant, marker
        The tenant, and the text by which all that is its is found again.
    """

    def __init__(self, services: Services, tenant: str, marker: str) -> None:
        self._services = services
        self._tenant = tenant
        self._marker = marker
        self.pk, self.sk = f"PERSON#{tenant}", f"PERSON#{marker}"

    def everywhere(self) -> None:
        """Leave something in every store of the register."""
        self.item()
        self.read_model()
        self.types_with_separators()
        self.tasks()
        self.imports()
        self.approvals()
        self.of_api()
        self.letters()
        self.files()
        self.own()
        self.leftovers()

    def item(self, sk: str = "") -> None:
        """Three versions of an item: small, large, small; and a read model that shows it."""
        services, marker, sk = self._services, self._marker, sk or self.sk
        for version, size in ((1, 0), (2, LARGE), (3, 1)):
            services.commands.publish_sync(
                self.pk,
                sk,
                name=f"{marker} {version}",
                attributes={"city": f"{marker}{version}", "text": "x" * size, marker: [marker]},
                version=version - 1,
                created_by=marker,
            )
            shown = Entry(f"CITY_{version}#{self._tenant}", sk, {"name": marker}, marker)
            alone = Entry(f"ALL_PEOPLE_{marker}", f"{sk}", {"name": marker}, marker)
            services.read_models.show(
                "people",
                services.data.get(self.pk, sk).key,
                version,
                [shown, alone],  # type: ignore[union-attr]
            )

    def read_model(self) -> None:
        """A declared read model that shows the item, at its tenant's place and at nobody's."""
        generation = Generation("people", 1, 1)
        entries = [
            Entry(f"CITY#{self._tenant}", self.sk, {"name": self._marker}),
            Entry(f"EVERYBODY_{self._marker}", self.sk, {"name": self._marker}),
        ]
        place = TablePlace(self._services.store, self._services.settings.read_models_table)
        place.write(generation, [Change(ItemKey(self.pk, self.sk), 3, entries)])

    def types_with_separators(self) -> None:
        """An item whose type has the separator, so that its tenant is behind the last one."""
        self._services.commands.publish_sync(
            f"PART#of#{self._tenant}", self.sk, name=self._marker, attributes={}
        )

    def tasks(self) -> None:
        """A task with a large input and result, and one that failed."""
        tasks, records = self._services.tasks, self._services.task_records
        value = {"about": self._marker, "text": "x" * 400_000}
        done = tasks.create_task("report", value, self._tenant)
        records.complete(done, 0, {"about": self._marker})
        failed = tasks.create_task("report", {"about": self._marker}, self._tenant)
        records.fail(failed, 0, "ValueError", self._marker)
        self._put(Table.TASKS, f"SFN_TASK#{self._tenant}", f"report#{self._marker}", {})

    def imports(self) -> None:
        """A job that is over, with its rows, its files and the results of its map."""
        key = ImportKey.make(self._tenant, "people")
        self.job = key
        for part in ("", "#E#000000000001", "#C#01"):
            self._put(Table.IMPORT_TMP, key.pk, key.sk + part, {"rows": [self._marker]})
        self._put(Table.IMPORT_TMP, "HEALING", f"note-{self._marker}", {
            "subject": f"{self.pk} {self.sk}", "kind": "HEALING",
        })  # fmt: skip
        self.object(f"{key.folder}errors-1.csv")
        self.object(f"imports/{key.ulid}/rejected-1-of-before.json")
        self.object(f"import-copies/{key.ulid}/rest-1.json")
        given = {
            "Items": [{"row": {"name": self._marker}}],
            "BatchInput": {"Attributes": key.to_mapping()},
        }
        child = {"Status": "SUCCEEDED", "Input": json.dumps(given), "Output": self._marker}
        run = f"import-results/{key.ulid.lower()}"
        self.object(f"{run}/SUCCEEDED_0.json", json.dumps([child, child]))
        self.object(f"{run}/manifest.json", json.dumps({"ResultFiles": {}, "m": self._marker}))

    def approvals(self) -> None:
        """A request that was answered."""
        subject = {"subject": {"who": self._marker}, "title": self._marker, "reason": self._marker}
        self._put(Table.APPROVALS, f"APPROVAL#{self._tenant}", f"ask-{self._marker}", subject)

    def of_api(self) -> None:
        """Answers that are kept for repeated requests, connections, listeners and tickets."""
        settings, marker, tenant = self._services.settings, self._marker, self._tenant
        answer = {"answer": {"body": marker}}
        self._put_into(settings.api_table, f"{IDEMPOTENCY}#{tenant}#{marker}", marker, answer)
        table, who = settings.connections_table, {"tenant": tenant, "name": marker}
        self._put_into(table, f"CONNECTION#{marker}", "CONNECTION", who)
        self._put_into(table, f"TICKET#{marker}", "TICKET", who)
        self._put_into(table, f"LIVE#{tenant}", f"task-status#{marker}", {"subscription_a": {}})

    def letters(self) -> None:
        """Letters of a stream, small and large, of queues, of the healer; and one given up."""
        services, image = self._services, {"pk": self.pk, "sk": f"{self.sk}@3"}
        error = ValidationError(self._marker)
        for text in (self._marker, self._marker * (300_000 // len(self._marker))):
            record = {
                "eventSourceARN": f"arn:aws:dynamodb:r:1:table/{services.settings.commands_table}",
                "dynamodb": {
                    "Keys": to_attribute_values(image),
                    "NewImage": to_attribute_values({**image, "name": text}),
                    "SequenceNumber": "1",
                },
            }
            services.dead_letters.set_aside_record(Table.COMMANDS, record, error)
        for queue in Queue:
            message = {
                "messageId": "1",
                "eventSourceARN": f"arn:aws:sqs:r:1:{queue}",
                "body": json.dumps(
                    {**image, "tenant": self._tenant, "content": {"name": self._marker}}
                ),
            }
            services.dead_letters.set_aside_message(queue, message, error)
        given_up = json.dumps({"record": {"dynamodb": {"Keys": to_attribute_values(image)}}})
        url = services.settings.queue_url("tasks-dlq")
        services.clients.sqs.send_message(
            QueueUrl=url, MessageBody=f'{given_up[:-1]}, "x": "{self._marker}"}}'
        )
        ids = [letter.id for letter in DeadLetterQueue(services, "tasks").find(self._is_marked)]
        from datetime import UTC, datetime  # noqa: PLC0415

        decision = Decision("somebody", "no use", datetime.now(UTC))
        assert all(one.is_discarded for one in discard(services, "tasks", ids, decision))

    def _is_marked(self, letter: Any) -> bool:
        return self._marker in letter.body

    def files(self) -> None:
        """Uploads and exports, one of which was replaced, deleted, and never completed."""
        upload = f"{uploads_folder(self._tenant)}{self._marker}.csv"
        self.object(upload)
        self.object(upload)
        self._services.objects.remove(upload)
        self._services.clients.s3.create_multipart_upload(
            Bucket=self._services.settings.bucket, Key=f"{upload}.part"
        )
        self.object(f"{tenant_folder('exports', self._tenant)}1/data-0.jsonl")

    def own(self) -> None:
        """Items and files in the application's own table and bucket."""
        settings = self._services.settings
        table = f"{settings.resource_prefix}{OWN_TABLE}"
        self._put_into(table, f"REPORT#{self._tenant}", self._marker, {"text": self._marker})
        bucket = f"{settings.resource_prefix}{OWN_BUCKET}-123456789012"
        self._services.clients.s3.put_object(
            Bucket=bucket, Key=f"{self._tenant}/{self._marker}", Body=b"x"
        )

    def leftovers(self) -> None:
        """Objects whose items have expired, and one of an earlier release that an item names."""
        for folder in ("attributes", "tasks", "imports", "whole-items"):
            place = folder_of(folder, self.pk, f"{self.sk}-expired")
            self.object(f"{place}/1-{self._marker}.json")
        before = f"attributes/{'0' * 60}/{self._marker}.json"
        self.object(before)
        named = {"attributesKey": before, "version": 1, "createdAt": "2026-01-01"}
        self._put(Table.DATA, self.pk, f"OLD#{self._marker}", named)

    def object(self, key: str, content: str = "") -> None:
        """An object with the marker in it."""
        self._services.clients.s3.put_object(
            Bucket=self._services.settings.bucket, Key=key, Body=content or self._marker
        )

    def _put(self, table: Table, pk: str, sk: str, content: dict[str, Any]) -> None:
        self._put_into(self._services.settings.table(table), pk, sk, content)

    def _put_into(self, table: str, pk: str, sk: str, content: dict[str, Any]) -> None:
        item = {"pk": pk, "sk": sk, "marker": self._marker, **content}
        self._services.store.put(Put(table, item))
