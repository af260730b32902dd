"""The resources that an application declares for itself: their names, and whose a record is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.core.reading import reading
from cqrs.errors import ConfigurationError
from cqrs.events.factory import SCHEDULED_EVENT, queue_of, table_of
from cqrs.resources import OWN_STREAM, OwnKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.settings import Settings


class OwnResources:
    """Finds the application's own resources by the names that ``stacks/app`` declares.

    Parameters
    ----------
    settings
        The environment's settings, which list them.

    Examples
    --------
    >>> application.resources.queue_url("airport-renamings")
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def name_of(self, record: Mapping[str, Any]) -> str:
        """Declared name of the resource that a record or an event comes from.

        Empty for what comes from elsewhere.

        Parameters
        ----------
        record
            A message, a record of a stream, a notification of a topic or a bucket, or an event of
            EventBridge, as Lambda delivers it.

        Raises
        ------
        ValidationError
            If it is none of them.
        """
        with reading("A record of an event source"):
            kind, name = _origin(record)
        own = self._settings.own(kind)
        return next((base for base in own if self._qualified(kind, base) == name), "")

    def queue_url(self, name: str) -> str:
        """URL of a queue.

        Raises
        ------
        ConfigurationError
            If no queue of the name is declared for the environment.
        """
        others = self._settings.notification_queue_url.rpartition("/")[0]
        return f"{others}/{self._known(OwnKind.QUEUE, name)}"

    def table_name(self, name: str) -> str:
        """Full name of a table.

        Raises
        ------
        ConfigurationError
            If no table of the name is declared for the environment.
        """
        return self._known(OwnKind.TABLE, name)

    def topic_arn(self, name: str) -> str:
        """ARN of a topic.

        Raises
        ------
        ConfigurationError
            If no topic of the name is declared for the environment.
        """
        partition, region, account = self._place()
        return f"arn:{partition}:sns:{region}:{account}:{self._known(OwnKind.TOPIC, name)}"

    def bucket_name(self, name: str) -> str:
        """Full name of a bucket.

        Raises
        ------
        ConfigurationError
            If no bucket of the name is declared for the environment.
        """
        return self._known(OwnKind.BUCKET, name)

    def _known(self, kind: OwnKind, name: str) -> str:
        known = self._settings.own(kind)
        if name not in known:
            raise ConfigurationError(
                f"The environment has no {kind} {name!r} of its own; declare it in stacks/app. "
                f"There are: {', '.join(known) or 'none'}."
            )
        return self._qualified(kind, name)

    def _qualified(self, kind: str, name: str) -> str:
        qualified = f"{self._settings.resource_prefix}{name}"
        # The names of buckets are the whole world's, so they hold the account.
        return f"{qualified}-{self._place()[2]}" if kind == OwnKind.BUCKET else qualified

    def _place(self) -> tuple[str, str, str]:
        """Partition, region and account."""
        _, partition, _, region, account, *_ = self._settings.command_state_machine_arn.split(":")
        return partition, region, account


def _origin(record: Mapping[str, Any]) -> tuple[str, str]:
    """Kind and full name of what a record comes from."""
    if "Sns" in record:
        return OwnKind.TOPIC, str(record["Sns"]["TopicArn"]).rpartition(":")[2]
    if "s3" in record:
        return OwnKind.BUCKET, str(record["s3"]["bucket"]["name"])
    if "dynamodb" in record:
        return OWN_STREAM, table_of(record["eventSourceARN"])
    if "detail-type" in record:
        is_scheduled = record["detail-type"] == SCHEDULED_EVENT
        rules = record["resources"] if is_scheduled else []
        return OwnKind.SCHEDULE, str(rules[0]).rpartition("/")[2] if rules else ""
    return OwnKind.QUEUE, queue_of(record["eventSourceARN"])
