"""What SQS and SNS carry: JSON as the body of a message, and text as its attributes.

Both refuse a message for one character that XML 1.0 does not know, so each of those goes as its
escape (SQS API reference, SendMessage).
"""

from __future__ import annotations

import re
from typing import Any

from cqrs.json_text import to_json

MESSAGE_BYTES = 256 * 1024
"""Of a body with its attributes. SNS takes no more (API reference, Publish), and a queue that
Terraform makes without a size of its own neither, where SQS would take 1 MiB."""

_REFUSED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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


def _escaped(text: str) -> str:
    return _REFUSED.sub(lambda refused: f"\\u{ord(refused[0]):04x}", text)
