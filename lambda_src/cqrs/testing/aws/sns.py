"""SNS in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cqrs.testing.aws.refusals import refusal
from cqrs.testing.aws.unknown import refuse_others

NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that was published to a topic.

    Attributes
    ----------
    topic
        Name of the topic without the environment's prefix.
    text
        The message.
    attributes
        Texts of its attributes, by name.
    """

    topic: str
    text: str
    attributes: Mapping[str, str]

    def json(self) -> Any:
        """The message as JSON."""
        return json.loads(self.text)


class Topics:
    """The service, as its client's methods.

    Parameters
    ----------
    prefix
        The environment's prefix.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.posted: list[Posted] = []
        self.subscribers: dict[str, Callable[[dict[str, Any]], None] | None] = {}
        """The subscriber of each topic, by its ARN; None if it has none."""

    def publish(self, **request: Any) -> dict[str, Any]:
        """Publish a message."""
        known = ("TopicArn", "Message", "MessageAttributes", "Subject")
        refuse_others("SNS", "Publish", request, *known)
        arn = request["TopicArn"]
        if arn not in self.subscribers:
            raise refusal("NotFound", NOT_FOUND, "Topic does not exist")
        attributes = {
            name: str(one.get("StringValue", ""))
            for name, one in request.get("MessageAttributes", {}).items()
        }
        name = arn.rpartition(":")[2].removeprefix(self._prefix)
        self.posted.append(Posted(name, request["Message"], attributes))
        message_id = f"posted-{len(self.posted)}"
        deliver = self.subscribers[arn]
        if deliver is not None:
            deliver(_event(arn, message_id, request, attributes))
        return {"MessageId": message_id}


def _event(
    arn: str, message_id: str, request: Mapping[str, Any], attributes: Mapping[str, str]
) -> dict[str, Any]:
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": f"{arn}:function",
        "Sns": {
            "Type": "Notification",
            "MessageId": message_id,
            "TopicArn": arn,
            "Subject": request.get("Subject"),
            "Message": request["Message"],
            "MessageAttributes": {
                name: {"Type": "String", "Value": text} for name, text in attributes.items()
            },
        },
    }
    return {"Records": [record]}
