"""The ways out of an environment that its settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.notifications.queue import Audience

if TYPE_CHECKING:
    from cqrs.aws.clients import Clients
    from cqrs.notifications.outside import Way
    from cqrs.settings import Settings

# Imports stay inside, as few environments have both ways.
# ruff: noqa: PLC0415


def ways_of(clients: Clients, settings: Settings) -> dict[Audience, Way]:
    """The ways of an environment, by the audience of their messages.

    Raises
    ------
    ConfigurationError
        If a setting cannot be read.
    """
    ways: dict[Audience, Way] = {}
    if settings.notification_email:
        from cqrs.notifications.mail import Mailer
        from cqrs.notifications.receivers import EmailReceivers

        receivers = EmailReceivers.parse(settings.notification_email)
        ways[Audience.EMAIL] = Mailer(clients, receivers)
    if settings.notification_webhook:
        from cqrs.aws.secrets import Secrets
        from cqrs.notifications.receivers import WebhookReceiver
        from cqrs.notifications.webhook import Webhook

        receiver = WebhookReceiver.parse(settings.notification_webhook)
        ways[Audience.WEBHOOK] = Webhook(Secrets(clients), receiver)
    return ways
