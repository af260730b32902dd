"""``make console``: build the console, and serve it against the emulator, signed in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import quote

from stacks.environment_files import LOCAL
from tooling.console.server import ConsoleServer, serve
from tooling.console.site import CONSOLE, local_site
from tooling.console.tokens import TokenOffice
from tooling.errors import ToolingError
from tooling.programs import run
from tooling.server_process import require_free
from tooling.targets import local_deployment

if TYPE_CHECKING:
    from collections.abc import Callable

PORT = 3000
"""The origin that environments/local.toml lets upload into the bucket."""


def build() -> None:
    """Build the console into its folder ``dist``; its packages have to be installed.

    Raises
    ------
    ToolingError
        If that fails; the message ends with what the compiler says.
    """
    log = CONSOLE / "build" / "build.log"
    log.parent.mkdir(exist_ok=True)
    run(["npm", "run", "--silent", "--prefix", str(CONSOLE), "build"], dict(os.environ), log)


def show(tenant: str, announce: Callable[[str], None]) -> None:
    """Serve the console until Ctrl-C.

    Parameters
    ----------
    tenant
        The tenant to begin with.
    announce
        Is told the address.

    Raises
    ------
    ToolingError
        If the port is taken, or the emulator has no API.
    """
    require_free(PORT, "end what has it: the bucket takes uploads of that origin alone.")
    deployment, environment = local_deployment()
    if deployment.endpoint_url is None:
        message = f"{LOCAL} is not on an emulator, and nobody else's tokens are made here."
        raise ToolingError(message)
    site = local_site(environment, deployment.outputs())
    office = TokenOffice(environment, deployment.endpoint_url)
    server = ConsoleServer(site, office.token_for, PORT)
    announce(f"The console is at {server.url}/#/{quote(tenant, safe='')} (Ctrl-C ends it).")
    announce(
        "You are an administrator of every tenant there. As somebody else: "
        f"{server.url}/?role=reader&tenant={quote(tenant, safe='')}"
    )
    serve(server)
