"""A session of the AWS SDK that is made for a short start, of the function or a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.session import Session


class BareSession:
    """A session of botocore, which makes clients as one of boto3 does, and sooner.

    boto3 would add resources and managed transfers. The runtime calls none of them, and a cold
    start would import them. To see that there is data of a service, the SDK would list the folders
    of all services, which are hundreds.

    Parameters
    ----------
    session
        The session of botocore; by default a new one, as variables and files say.
    """

    def __init__(self, session: Session | None = None) -> None:
        from botocore.session import Session  # noqa: PLC0415 - the command line starts without it

        self._session = Session() if session is None else session
        self._services: set[str] = set()
        self._loader = self._session.get_component("data_loader")
        self._loader.list_available_services = self._services_with

    def client(self, service_name: str, **kwargs: Any) -> BaseClient:
        """Make a client of a service."""
        self._services.add(service_name)
        client: BaseClient = self._session.create_client(service_name, **kwargs)
        return client

    def _services_with(self, type_name: str) -> list[str]:
        """The services asked for that have a kind of data, such as ``waiters-2``."""
        return [service for service in self._services if self._has(service, type_name)]

    def _has(self, service: str, type_name: str) -> bool:
        from botocore.exceptions import DataNotFoundError  # noqa: PLC0415

        try:
            return bool(self._loader.list_api_versions(service, type_name))
        except DataNotFoundError:
            return False
