"""Topics: that of notifications, if an environment asks for it, and an application's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import NOTIFICATION_TOPIC
from stacks.access.resource_policies import refuse_plain_http
from stacks.bindings import Construct, SnsTopic
from stacks.declarations.resources import OwnTopic
from stacks.encryption import EncryptionKey, arn_of

if TYPE_CHECKING:
    from stacks.environment.model import Environment

AWS_MANAGED_KEY = "alias/aws/sns"
"""SNS's own key; whoever may publish needs no permission on it (SNS guide, "Key management")."""


class NotificationTopic(Construct):
    """One encrypted topic. Who subscribes to it is the account's own business."""

    def __init__(
        self, scope: Construct, environment: Environment, key: EncryptionKey | None
    ) -> None:
        super().__init__(scope, "notification-topic")
        self._topic = SnsTopic(
            self,
            "topic",
            name=environment.qualified(NOTIFICATION_TOPIC),
            kms_master_key_id=arn_of(key) or AWS_MANAGED_KEY,
        )

    @property
    def arn(self) -> str:
        """ARN of the topic."""
        return str(self._topic.arn)


class OwnTopics(Construct):
    """Topics that the application declares for itself."""

    def __init__(
        self, scope: Construct, environment: Environment, key: EncryptionKey | None
    ) -> None:
        super().__init__(scope, "topics")
        self._topics = {
            own.name: SnsTopic(
                self,
                own.name,
                name=environment.qualified(own.name),
                kms_master_key_id=arn_of(key) or AWS_MANAGED_KEY,
                policy=refuse_plain_http(
                    environment, "sns:Publish", environment.topic_arn(own.name)
                ),
            )
            for own in environment.own(OwnTopic)
        }

    def arn(self, base_name: str) -> str:
        """ARN of a topic."""
        return str(self._topics[base_name].arn)
