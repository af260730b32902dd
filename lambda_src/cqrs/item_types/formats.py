"""Formats of text: what each must look like.

Pure Python, and as lenient as pydantic is with what it describes so. A date and time, or a time,
may do without an offset.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple


class Format(NamedTuple):
    """A format: what it must be, in words, and whether a text is so."""

    words: str
    fits: Callable[[str], bool]


DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
TIME = re.compile(
    r"([01][0-9]|2[0-3]):[0-5][0-9](:([0-5][0-9]|60)([.,][0-9]+)?)?"
    r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?"
)
DURATION = re.compile(
    r"[+-]?P(?=[0-9T])([0-9]+W|([0-9]+Y)?([0-9]+M)?([0-9]+D)?"
    r"(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+([.,][0-9]+)?S)?)?)"
)
UUID = r"[0-9a-fA-F]{{8}}-[0-9a-fA-F]{{4}}-{}[0-9a-fA-F]{{3}}-[0-9a-fA-F]{{4}}-[0-9a-fA-F]{{12}}"
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+")

NOT_CHECKED = frozenset(
    {
        "base64",
        "base64url",
        "binary",
        "directory-path",
        "file-path",
        "json-string",
        "password",
        "path",
    }
)
"""Formats that say how to show a text, or where to look for what it means."""


def _is_date(text: str) -> bool:
    found = DATE.fullmatch(text)
    if found is None:
        return False
    try:
        date(*map(int, found.groups()))
    except ValueError:
        return False
    return True


def _is_date_time(text: str) -> bool:
    day, time = text[:10], text[11:]
    return text[10:11] in {"T", "t", " "} and _is_date(day) and TIME.fullmatch(time) is not None


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


def _is_address(*kinds: str) -> Callable[[str], bool]:
    """Whether one of the makers of the module ``ipaddress`` takes a text."""

    def fits(text: str) -> bool:
        import ipaddress  # noqa: PLC0415 - few schemas have addresses

        for kind in kinds:
            try:
                getattr(ipaddress, kind)(text)
            except ValueError:
                continue
            return True
        return False

    return fits


def _uuid(version: str) -> Format:
    pattern = re.compile(UUID.format(version or "[0-9a-fA-F]"))
    kind = f" of version {version}" if version else ""
    return Format(f"a UUID{kind}", _matches(pattern))


FORMATS = {
    "date": Format("a date such as 2024-12-31", _is_date),
    "date-time": Format("a date and time such as 2024-12-31T23:59:00", _is_date_time),
    "duration": Format("a duration such as P3DT12H", _matches(DURATION)),
    "email": Format("an e-mail address", _matches(EMAIL)),
    "ipv4": Format("an IPv4 address", _is_address("IPv4Address")),
    "ipv4interface": Format("an IPv4 interface", _is_address("IPv4Interface")),
    "ipv4network": Format("an IPv4 network", _is_address("IPv4Network")),
    "ipv6": Format("an IPv6 address", _is_address("IPv6Address")),
    "ipv6interface": Format("an IPv6 interface", _is_address("IPv6Interface")),
    "ipv6network": Format("an IPv6 network", _is_address("IPv6Network")),
    "ipvanyaddress": Format("an IP address", _is_address("IPv4Address", "IPv6Address")),
    "ipvanyinterface": Format("an IP interface", _is_address("IPv4Interface", "IPv6Interface")),
    "ipvanynetwork": Format("an IP network", _is_address("IPv4Network", "IPv6Network")),
    "multi-host-uri": Format("a URI", _matches(URI)),
    "time": Format("a time such as 23:59", _matches(TIME)),
    "uri": Format("a URI", _matches(URI)),
    **{f"uuid{version}": _uuid(version) for version in ("", *"1345678")},
}
"""The formats that are checked."""
