"""Links into the web console, whose pages are named by the fragment of its address."""

from __future__ import annotations

from urllib.parse import quote

DOT = "."
ENCODED_DOT = "%2E"


class ConsoleLinks:
    """Makes links.

    Parameters
    ----------
    address
        Address of the console, with or without a slash at its end; empty if there is none.
    """

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")

    def to(self, tenant: str, page: str, *parts: str) -> str | None:
        """The address of a page; None if there is no console.

        Each part comes back as it was, whatever characters it has (``console/src/app/router.ts``).

        Parameters
        ----------
        tenant
            Tenant code.
        page
            Name of the page, such as ``approvals``.
        parts
            More of the address, such as the id of a request.
        """
        if not self._address:
            return None
        fragment = "/".join(_encoded(part) for part in (tenant, page, *parts))
        link = f"{self._address}/#/{fragment}"
        # Programs that find links in plain text take a dot at the end for that of a sentence.
        return link.removesuffix(DOT) + ENCODED_DOT if link.endswith(DOT) else link


def _encoded(part: str) -> str:
    # Half of a surrogate pair has no bytes, and no id has one.
    return quote(part.encode(errors="replace"), safe="")
