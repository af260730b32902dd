"""Secrets of AWS Secrets Manager; neither the state nor the function's variables have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.aws.clients import send
from cqrs.errors import ConfigurationError

if TYPE_CHECKING:
    from cqrs.aws.clients import Clients


class Secrets:
    """Reads secrets.

    Parameters
    ----------
    clients
        Access to Secrets Manager.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def text(self, name: str) -> str:
        """A secret as it is now (one GetSecretValue).

        Parameters
        ----------
        name
            Its name or ARN.

        Raises
        ------
        ConfigurationError
            If it is not text.
        """
        answer = send(self._clients.secrets_manager, "get_secret_value", SecretId=name)
        text = answer.get("SecretString")
        if not isinstance(text, str):
            raise ConfigurationError(f"The secret {name} is binary: store it as text.")
        return text
