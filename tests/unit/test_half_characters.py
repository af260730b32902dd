"""Halves of surrogate pairs, for which UTF-8 has no bytes, in items that others have stored."""

from __future__ import annotations

from cqrs.approvals.indexes import listing
from cqrs.approvals.keys import ApprovalKey
from cqrs.imports.csv.errors_file import errors_csv
from cqrs.imports.models import RejectedRow
from cqrs.storage.unfinished_work import shard_of, shards

HALF = "\ud800"


def test_an_item_whose_key_has_one_is_in_an_index():
    assert shard_of(f"THING#{HALF}", f"{HALF}@1") in shards()


def test_a_request_whose_id_has_one_is_listed():
    found = listing(ApprovalKey("acme", HALF), "execution", "2026-01-01T00:00:00.000Z")

    assert (
        found["pendingIn"]
        != listing(ApprovalKey("acme", "\udfff"), "execution", "2026-01-01T00:00:00.000Z")[
            "pendingIn"
        ]
    )


def test_a_row_that_has_one_is_in_the_errors_file():
    content = b"".join(errors_csv(["name"], [RejectedRow(1, "reason", f"a{HALF}")]))

    assert content.decode("utf-8-sig").splitlines()[1] == "1,reason,a\\ud800"
