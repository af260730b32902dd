"""Problems name things as the caller of the API has named them."""

from __future__ import annotations

import pytest

from cqrs.api.wording import in_callers_words

ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"task SFN_TASK#acme/a.b#{ULID}#0001; was", f"task SFN_TASK.a.b.{ULID}.0001; was"),
        (f"Task TASK#acme square#{ULID} is over", f"Task TASK.square.{ULID} is over"),
        (f"import CSV_IMPORT#acme/places#{ULID};", f"import places.{ULID};"),
        ("request APPROVAL#acme/close-JFK; was", "request close-JFK; was"),
        ("AIRPORT#acme AIRPORT#KIX does not exist", "AIRPORT KIX does not exist"),
        ("AIRPORT#acme AIRPORT#KIX@3 failed", "AIRPORT KIX@3 failed"),
        ("A#B#acme A#B#1#2 is", "A#B 1#2 is"),
        ("AIRPORT#globex AIRPORT#KIX is", "AIRPORT#globex AIRPORT#KIX is"),
        (f"CSV_IMPORT#acmes/places#{ULID}", f"CSV_IMPORT#acmes/places#{ULID}"),
        ("The tenant 'acme' is", "The tenant 'acme' is"),
    ],
)
def test_keys_become_ids(text: str, told: str):
    assert in_callers_words(text, "acme") == told


def test_a_tenant_is_taken_as_it_stands():
    assert in_callers_words("N#a.*c N#1 N#abc N#2", "a.*c") == "N 1 N#abc N#2"
