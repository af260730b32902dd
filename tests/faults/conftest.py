"""The stage of the long runs: a stack of its own behind the proxy."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.faults.express import in_express_lane
from tests.faults.stage import Stage, Tell, behind_the_proxy
from tests.integration.closures import waiting
from tests.integration.conftest import (
    REGION,
    deployed,
    deployer,
    emulator,
    endpoint,
    tenant,
)
from tests.integration.deployed import Deployed

__all__ = ["deployed", "deployer", "emulator", "endpoint", "tenant"]

APPROVAL_SECONDS = 3600


@pytest.fixture(scope="module")
def stage(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("proxy")
    with behind_the_proxy(deployed, REGION, folder) as made, waiting(deployed, APPROVAL_SECONDS):
        yield made


@pytest.fixture(scope="module")
def express_stage(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("proxy")
    with (
        in_express_lane(deployed, REGION) as changed,
        behind_the_proxy(changed, REGION, folder) as made,
    ):
        yield made


@pytest.fixture
def tell(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Tell:
    """Print what a run came to."""

    def told(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{request.node.name}: {line}\n")

    return told
