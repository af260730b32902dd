"""The text of data, as people are shown it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.terminal.escapes import escaped, escaped_lines

ANY_TEXT = st.text(st.characters(codec=None))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Kansai", "Kansai"),
        ("関西国際空港", "関西国際空港"),
        ("São Tomé 🛫", "São Tomé 🛫"),
        ("Air \x1b[2J\x1b]0;owned\x07port", r"Air \x1b[2J\x1b]0;owned\x07port"),
        ("Ci\x9b31mty", r"Ci\x9b31mty"),
        ("a\rb\nc\td\x0b\x0c\x7f\x00", r"a\rb\nc\td\x0b\x0c\x7f\x00"),
        ("\u202egnp.exe\u202c", r"\u202egnp.exe\u202c"),
        ("\u2066\u2067\u2068\u2069", r"\u2066\u2067\u2068\u2069"),
        ("\u200e\u200f\u061c", r"\u200e\u200f\u061c"),
        ("z\u200bw\u200c\u200d\ufeff\u00ad", r"z\u200bw\u200c\u200d\ufeff\xad"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("line\u2028paragraph\u2029", r"line\u2028paragraph\u2029"),
        ("half\ud800", r"half\ud800"),
        ("blank\u3164\u2800", r"blank\u3164\u2800"),
    ],
)
def test_what_has_no_shape_is_written_out(text: str, shown: str) -> None:
    assert escaped(text) == shown


@given(ANY_TEXT)
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    shown = escaped(text)

    left = {unicodedata.category(character) for character in shown}
    assert not left & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert escaped(shown) == shown


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp932", "utf-8"])
@given(text=ANY_TEXT)
def test_every_encoding_takes_it(encoding: str, text: str) -> None:
    escaped(text, encoding).encode(encoding)


def test_what_an_encoding_lacks_is_written_out() -> None:
    assert escaped("東京 é", "latin-1") == r"\u6771\u4eac é"


def test_a_line_of_data_cannot_pass_for_one_of_the_command_line() -> None:
    assert escaped_lines("refused\nDone.\x1b[A") == "refused\n  Done.\\x1b[A"
