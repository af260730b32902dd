"""All that an environment holds, as it is stored."""

from __future__ import annotations

import json
from typing import Any

from cqrs.services import Services

Stored = dict[tuple[str, ...], str]
"""Content by place: a table and its key, a bucket with key and version, a queue and a message."""


def stored(services: Services, buckets: tuple[str, ...]) -> Stored:
    """Read everything from AWS itself, and through nothing of the project."""
    return {
        **_tables(services.clients.dynamodb),
        **_buckets(services.clients.s3, buckets),
        **_queues(services.clients.sqs),
    }


def holding(everything: Stored, marker: str) -> list[tuple[str, ...]]:
    """Places that hold a text, in a key or in what lies there."""
    return [at for at, content in everything.items() if marker in f"{at} {content}"]


def _tables(dynamodb: Any) -> Stored:
    found: Stored = {}
    for table in dynamodb.list_tables()["TableNames"]:
        for page in dynamodb.get_paginator("scan").paginate(TableName=table):
            for item in page["Items"]:
                place = ("table", table, item["pk"]["S"], item["sk"]["S"])
                found[place] = json.dumps(item, sort_keys=True, default=str)
    return found


def _buckets(s3: Any, buckets: tuple[str, ...]) -> Stored:
    found: Stored = {}
    for bucket in buckets:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for mark in page.get("DeleteMarkers", ()):
                found["bucket", bucket, mark["Key"], mark["VersionId"]] = "deleted"
            for version in page.get("Versions", ()):
                name = {"Key": version["Key"], "VersionId": version["VersionId"]}
                body = s3.get_object(Bucket=bucket, **name)["Body"].read()
                found["bucket", bucket, version["Key"], version["VersionId"]] = repr(body)
        for upload in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", ()):
            found["upload", bucket, upload["Key"]] = upload["UploadId"]
    return found


def _queues(sqs: Any) -> Stored:
    found: Stored = {}
    for url in sqs.list_queues().get("QueueUrls", ()):
        seen: dict[str, str] = {}
        taken = []
        while messages := _received(sqs, url):
            for one in messages:
                attributes = json.dumps(one.get("MessageAttributes", {}), sort_keys=True)
                seen[one["MessageId"]] = f"{one['Body']} {attributes}"
            taken += messages
        for one in taken:
            sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=one["ReceiptHandle"], VisibilityTimeout=0
            )
        found |= {("queue", url, name): content for name, content in seen.items()}
    return found


def _received(sqs: Any, url: str) -> Any:
    """Messages that nobody has seen, hidden for a while so that the others come."""
    answer = sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        VisibilityTimeout=60,
        MessageAttributeNames=["All"],
    )
    return answer.get("Messages", ())
