"""Events of each source, shortened from the Lambda developer guide's examples."""

from __future__ import annotations

import time
from typing import Any


def stream_event(
    *images: dict[str, Any],
    table: str = "test-cqrs-commands",
    event_name: str = "INSERT",
    seconds_ago: float = 0,
) -> dict[str, Any]:
    """Records of a table's stream, with images as DynamoDB writes them."""
    written = time.time() - seconds_ago
    return {
        "Records": [
            {
                "eventID": "7de3041dd709b024af6f29e4fa13d34c",
                "eventName": event_name,
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "awsRegion": "ap-northeast-1",
                "dynamodb": {
                    "ApproximateCreationDateTime": written,
                    "Keys": {name: image[name] for name in ("pk", "sk") if name in image},
                    "NewImage": image,
                    "SequenceNumber": f"{place + 1:021}",
                    "SizeBytes": 112,
                    "StreamViewType": "NEW_IMAGE",
                },
                "eventSourceARN": (
                    f"arn:aws:dynamodb:ap-northeast-1:123456789012:table/{table}"
                    "/stream/2026-01-01T00:00:00.000"
                ),
            }
            for place, image in enumerate(images)
        ]
    }


def sqs_event(*bodies: str, queue: str = "test-cqrs-task-action-queue") -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": f"message-{place}",
                "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
                "body": body,
                "attributes": {
                    "ApproximateReceiveCount": "2",
                    "SentTimestamp": "1545082649183",
                    "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                    "ApproximateFirstReceiveTimestamp": "1545082649185",
                },
                "messageAttributes": {},
                "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:ap-northeast-1:123456789012:{queue}",
                "awsRegion": "ap-northeast-1",
            }
            for place, body in enumerate(bodies)
        ]
    }


SNS = {
    "Records": [
        {
            "EventVersion": "1.0",
            "EventSubscriptionArn": "arn:aws:sns:us-east-1:123456789012:sns-lambda:21be56ed",
            "EventSource": "aws:sns",
            "Sns": {
                "SignatureVersion": "1",
                "Timestamp": "2019-01-02T12:45:07.000Z",
                "Signature": "tcc6faL2yUC6dgZdmrwh1Y4cGa",
                "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
                "Message": "Hello from SNS!",
                "MessageAttributes": {"Test": {"Type": "String", "Value": "TestString"}},
                "Type": "Notification",
                "TopicArn": "arn:aws:sns:us-east-1:123456789012:sns-lambda",
                "Subject": "TestInvoke",
            },
        }
    ]
}

S3 = {
    "Records": [
        {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": "us-east-2",
            "eventTime": "2019-09-03T19:37:27.192Z",
            "eventName": "ObjectCreated:Put",
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "828aa6fc-f7b5-4305-8584-487c791949c1",
                "bucket": {
                    "name": "DOC-EXAMPLE-BUCKET",
                    "arn": "arn:aws:s3:::lambda-artifacts-deafc19498e3f2df",
                },
                "object": {
                    "key": "imports/my+airports+%E7%A9%BA.csv",
                    "size": 1305107,
                    "eTag": "b21b84d653bb07b05b1e6b33684dc11b",
                    "sequencer": "0C0F6F405D6ED209E1",
                },
            },
        }
    ]
}

S3_TEST = {
    "Service": "Amazon S3",
    "Event": "s3:TestEvent",
    "Time": "2014-10-13T15:57:02.089Z",
    "Bucket": "DOC-EXAMPLE-BUCKET",
    "RequestId": "5582815E1AEA5ADF",
    "HostId": "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE",
}

EVENT_BRIDGE = {
    "version": "0",
    "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "123456789012",
    "time": "2015-10-08T16:53:06Z",
    "region": "us-east-1",
    "resources": ["arn:aws:events:us-east-1:123456789012:rule/my-scheduled-rule"],
    "detail": {"n": 1},
}


def state_payload(
    machine: str = "test-cqrs-command-handler", state: str = "finish", **more: Any
) -> dict[str, Any]:
    """The payload of the Lambda contract, with the context object's parts as AWS fills them."""
    execution = f"arn:aws:states:ap-northeast-1:123456789012:execution:{machine}:run-1"
    return {
        "source": "step-function",
        "context": {
            "Execution": {
                "Id": execution,
                "Input": {"pk": "AIRPORT#acme", "sk": "AIRPORT#JFK@1"},
                "Name": "run-1",
                "RoleArn": "arn:aws:iam::123456789012:role/states",
                "StartTime": "2026-01-01T00:00:00.000Z",
            },
            "State": {
                "EnteredTime": "2026-01-01T00:00:01.000Z",
                "Name": state,
                "RetryCount": 3,
            },
            "StateMachine": {
                "Id": f"arn:aws:states:ap-northeast-1:123456789012:stateMachine:{machine}",
                "Name": machine,
            },
        },
        "input": {"some": "input"},
        **more,
    }


def direct_event(action: str, **payload: Any) -> dict[str, Any]:
    return {"source": "direct", "action": action, "payload": payload}
