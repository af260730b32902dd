"""Which tenant codes are taken."""

from __future__ import annotations

import pytest

from cqrs.errors import ValidationError
from cqrs.tenants import TENANT_BYTES, checked_tenant


@pytest.mark.parametrize(
    "tenant",
    [
        "acme",
        "Acme & Sons, Ltd. (North)",
        "株式会社\u3000東京",
        "cafe\u0301",
        "नमस\u200cते",
        "\U0001f469\u200d\U0001f680",
        "\ufffd",
        "a" * TENANT_BYTES,
    ],
)
def test_any_visible_text_is_a_tenant(tenant):
    assert checked_tenant(tenant) == tenant


@pytest.mark.parametrize("tenant", [None, 5, b"acme", "", " ", "\u3000", "\u200b", "\ufeff\u2060 "])
def test_what_nobody_can_see_is_none(tenant):
    with pytest.raises(ValidationError, match="it must be text, as in 'acme'"):
        checked_tenant(tenant)


@pytest.mark.parametrize(
    ("character", "named"),
    [
        ("\x00", "U+0000"),
        ("\n", "U+000A"),
        ("\t", "U+0009"),
        ("\x1b", "U+001B"),
        ("\x7f", "U+007F"),
        ("\x85", "U+0085"),
        ("\u2028", "U+2028"),
        ("\u2029", "U+2029"),
        ("\ufdd0", "U+FDD0"),
        ("\ufffe", "U+FFFE"),
        ("\uffff", "U+FFFF"),
        ("\U0010ffff", "U+10FFFF"),
    ],
)
def test_a_character_that_breaks_a_line_or_is_none_is_refused(character, named):
    with pytest.raises(ValidationError) as refused:
        checked_tenant(f"ac{character}me")

    assert f"has the character {named};" in str(refused.value)


def test_half_of_a_surrogate_pair_is_refused():
    with pytest.raises(ValidationError, match="The tenant is not Unicode text"):
        checked_tenant("ac\ud800me")


@pytest.mark.parametrize("tenant", ["a#b", "a" * (TENANT_BYTES + 1), "東" * TENANT_BYTES])
def test_what_keys_do_not_take_is_refused(tenant):
    with pytest.raises(ValidationError, match="must have no # and at most 256 bytes"):
        checked_tenant(tenant)
