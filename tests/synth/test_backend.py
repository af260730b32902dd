"""The place of the state: beside the project, or in a bucket with a lock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.synth.conftest import Synthesis


def backend(synthesis: Synthesis) -> dict[str, Any]:
    found: dict[str, Any] = synthesis.configuration["terraform"]["backend"]
    return found


def test_an_account_keeps_its_state_encrypted_and_locked_in_a_bucket_of_its_own(
    prod: Synthesis,
) -> None:
    assert backend(prod) == {
        "s3": {
            "allowed_account_ids": ["333333333333"],
            "bucket": "prod-cqrs-tfstate-333333333333",
            "encrypt": True,
            "key": "terraform.tfstate",
            "region": "ap-northeast-1",
            "use_lockfile": True,
        }
    }


def test_an_emulator_keeps_its_state_beside_the_project(local: Synthesis) -> None:
    (path,) = backend(local)["local"].values()

    assert Path(path).name == "terraform.local.tfstate"


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_offline_nothing_is_asked_of_an_account(
    synthesise: Callable[..., Synthesis], name: str
) -> None:
    synthesis = synthesise(name, offline_endpoint="http://localhost:1")
    (provider,) = synthesis.configuration["provider"]["aws"]

    assert set(backend(synthesis)) == {"local"}
    assert "allowed_account_ids" not in provider
    assert set(provider["endpoints"][0].values()) == {"http://localhost:1"}
    assert provider["skip_credentials_validation"] is True
    assert provider["skip_requesting_account_id"] is True
