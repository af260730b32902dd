"""The content of messages of SQS and SNS: JSON as the body, and text as the attributes.

Both refuse a message for one character that XML 1.0 does not know, so each of those goes as its
escape (SQS API reference, SendMessage).
"""

from __future__ import annotations

import re
from base64 import b64decode
from functools import cache
from typing import TYPE_CHECKING, Any

from cqrs.core.json_text import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

MESSAGE_BYTES = 256 * 1024
"""Of a body with its attributes.

SNS takes no more (API reference, Publish). SQS would take 1 MiB, but a queue that Terraform makes
without a size of its own takes no more either.
"""

MOST_ATTRIBUTES = 10
"""Attributes of a message (SQS guide, "Amazon SQS message quotas")."""


@cache
def _refused() -> re.Pattern[str]:
    # So many characters take longer to compile than all other patterns of a cold start.
    return re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def message_body(content: Any) -> str:
    r"""Write a JSON value as a body that SQS and SNS take.

    Only what they refuse is escaped: a body in which all but ASCII is (``ensure_ascii``) may be
    three times as long, and then too large.
    """
    return _escaped(to_json(content))


def message_attribute(text: str) -> dict[str, str]:
    r"""Write text as a message attribute that SQS and SNS take.

    Parameters
    ----------
    text
        Not empty; a character that they refuse goes as its escape, such as ``\uffff``.
    """
    return {"DataType": "String", "StringValue": _escaped(text)}


def fits_message(body: str, attributes: Mapping[str, Mapping[str, Any]]) -> bool:
    """Tell whether SQS takes a body with its attributes.

    Name, type and value of an attribute count towards the message's size (SQS guide, "Amazon SQS
    message metadata").

    Parameters
    ----------
    body, attributes
        As SendMessage takes them.
    """
    size = _bytes(body) + sum(
        _bytes(name) + sum(map(_bytes, attribute.values()))
        for name, attribute in attributes.items()
    )
    return size <= MESSAGE_BYTES and len(attributes) <= MOST_ATTRIBUTES


def sent_attributes(delivered: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Message attributes as SendMessage takes them.

    Parameters
    ----------
    delivered
        The same as Lambda delivers them, bytes as Base64 (Lambda guide, "Using Lambda with Amazon
        SQS").
    """
    return {name: _sent(attribute) for name, attribute in delivered.items()}


def _sent(delivered: Mapping[str, Any]) -> dict[str, Any]:
    data_type, binary = delivered["dataType"], delivered.get("binaryValue")
    if binary is not None:
        return {"DataType": data_type, "BinaryValue": b64decode(binary)}
    return {"DataType": data_type, "StringValue": delivered["stringValue"]}


def _bytes(value: str | bytes) -> int:
    return len(value.encode(errors="replace") if isinstance(value, str) else value)


def _escaped(text: str) -> str:
    return _refused().sub(lambda refused: f"\\u{ord(refused[0]):04x}", text)
