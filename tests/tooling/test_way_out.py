"""`make up` shows a way out if the emulator holds what Terraform's state does not know."""

from __future__ import annotations

import pytest

from tooling.targets import with_way_out


@pytest.mark.parametrize(
    "reason",
    [
        "ResourceAlreadyExistsException: The specified log group already exists: /aws/x",
        "EntityAlreadyExists: Role with name x already exists.",
        "ResourceInUseException: Table already exists: x",
    ],
)
def test_a_thing_that_is_there_already_leads_to_a_new_emulator(reason: str):
    told = with_way_out(f"`cdktf deploy local` failed with exit code 1: {reason}")

    assert reason in told
    assert "Run make down" in told


def test_any_other_failure_is_told_as_it_is():
    failure = "`cdktf deploy local` failed with exit code 1: AccessDenied: no"

    assert with_way_out(failure) == failure
