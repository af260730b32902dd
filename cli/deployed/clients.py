"""Clients that exist only if the environment is known to be the one that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.deployed.bounded_answers import bound
from cli.deployed.place import Identity, Place, caller_of
from cli.deployed.sessions import account_session, emulator_session, refuse_elsewhere, unusable
from cqrs.aws.clients import MAX_ATTEMPTS, READ_TIMEOUT_SECONDS, Clients

if TYPE_CHECKING:
    from botocore.client import BaseClient

LOOK_SECONDS = 5
LOOKS = 2


class VerifiedClients(Clients):
    """The AWS services of a place, which is recognised before the first of them is used.

    It costs one request a process, and whatever asks something of AWS has to come by.

    Parameters
    ----------
    place
        The place that the environment should be in.
    """

    def __init__(self, place: Place) -> None:
        environment = place.environment
        is_emulated = environment.endpoint is not None
        session = emulator_session(environment) if is_emulated else account_session(environment)
        super().__init__(session, endpoint_url=environment.endpoint)
        self.place = place
        self._is_recognised = False

    def recognise(self) -> dict[str, str]:
        """See that the environment is there; its tags.

        Raises
        ------
        CqrsError
            If it is not, or nothing answers.
        """
        functions, identities = (self._looking(service) for service in ("lambda", "sts"))
        tags = self.place.recognise(functions, identities)
        self._is_recognised = True
        return tags

    def of(self, service: str) -> Any:
        """A service that the runtime itself does not call."""
        return self._make(service)

    def caller(self) -> Identity:
        """Whose credentials are used.

        Raises
        ------
        TransientError
            If nobody tells.
        """
        return caller_of(self._looking("sts"))

    def _looking(self, service: str) -> BaseClient:
        client = self._make_client(service, read_timeout=LOOK_SECONDS, attempts=LOOKS)
        bound(client)
        return client

    def _make(
        self,
        service: str,
        *,
        read_timeout: int = READ_TIMEOUT_SECONDS,
        attempts: int = MAX_ATTEMPTS,
    ) -> BaseClient:
        if not self._is_recognised:
            self.recognise()
        return self._make_client(service, read_timeout=read_timeout, attempts=attempts)

    def _make_client(self, service: str, *, read_timeout: int, attempts: int) -> BaseClient:
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415

        try:
            client: Any = super()._make(service, read_timeout=read_timeout, attempts=attempts)
        except (BotoCoreError, ValueError, OSError) as error:
            raise unusable(error) from error
        if self.place.environment.endpoint is None:
            refuse_elsewhere(self.place.environment, client.meta.endpoint_url)
        made: BaseClient = client
        return made
