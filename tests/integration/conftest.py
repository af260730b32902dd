"""One emulator and one deployed stack for all tests of this folder.

MiniStack is started here on a free port, and enforces permissions. A user who holds the deployer's
policies deploys the stack, and its function has its role's. ``INTEGRATION_ENDPOINT`` names another
emulator to use instead, such as LocalStack, which lets everybody do everything.
``VERIFY_ENVIRONMENT`` names an environment that is deployed already: nothing is deployed then, and
only tests that are safe there run (:mod:`tests.integration.verified`).
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest

from cqrs.aws.clients import Clients
from cqrs.commands.sync_handlers import SyncHandlers
from cqrs.services import Services
from cqrs.settings import Settings
from stacks.environment.file import load
from stacks.identities.policies import policies
from tests.integration.deployed import Deployed
from tests.integration.identities import Identity, root, session, user
from tests.integration.verified import is_verifiable, reached, verified_environment
from tooling.deployment import Deployment
from tooling.localstack.suite import ENDPOINT_VARIABLE
from tooling.ministack import ENFORCED, MiniStack
from tooling.verification.suite import MARK_VARIABLE

ENVIRONMENT = "local"
REGION = "ap-northeast-1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if verified_environment() is None:
        return
    unsafe = [test for test in items if not is_verifiable(test)]
    config.hook.pytest_deselected(items=unsafe)
    items[:] = [test for test in items if is_verifiable(test)]


@pytest.fixture(scope="package")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniStack | None]:
    """The session's own emulator; None if another one, or an environment, is given."""
    if os.environ.get(ENDPOINT_VARIABLE) or verified_environment():
        yield None
        return
    log = tmp_path_factory.mktemp("ministack") / "ministack.log"
    # Shortens the pauses between retries; timeouts of states stay as they are.
    scale = os.environ.get("SFN_WAIT_SCALE", "0.1")
    with MiniStack(log, settings={"SFN_WAIT_SCALE": scale, **ENFORCED}) as started:
        yield started


@pytest.fixture(scope="package")
def endpoint(emulator: MiniStack | None) -> str:
    return emulator.endpoint_url if emulator else os.environ[ENDPOINT_VARIABLE]


@pytest.fixture(scope="package")
def deployer(emulator: MiniStack | None, endpoint: str) -> Identity:
    """The identity that deploys: a user with the deployer's policies if these are enforced."""
    owner = root(endpoint, REGION)
    return user(owner, "deployer", policies(load(ENVIRONMENT), "deployer")) if emulator else owner


@pytest.fixture(scope="package")
def deployed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    if environment := verified_environment():
        yield reached(environment)
        return
    endpoint: str = request.getfixturevalue("endpoint")
    deployer: Identity = request.getfixturevalue("deployer")
    folder = tmp_path_factory.mktemp("deployment")
    deployment = Deployment(
        ENVIRONMENT,
        endpoint_url=endpoint,
        work_folder=folder,
        log=folder / "cdktf.log",
        settings=deployer.variables,
    )
    deployment.deploy()
    outputs = deployment.outputs()
    with pytest.MonkeyPatch.context() as patch:
        # localstack-client and the command line find the emulator by it.
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        clients = Clients(session(REGION))
        # Tests that publish synchronously here do so past the deployed handlers.
        services = Services(Settings.from_mapping(outputs), clients, SyncHandlers())
        yield Deployed(deployment, endpoint, services, outputs)


@pytest.fixture(scope="package")
def services(deployed: Deployed) -> Services:
    return deployed.services


@pytest.fixture
def stops(deployed: Deployed) -> None:
    """An execution can be stopped while a state of it waits for a token.

    Emulator difference: LocalStack 4.14.0 goes on waiting (``StateTaskServiceCallback`` of its
    interpreter). The execution stays RUNNING, or becomes FAILED.
    """
    if deployed.is_localstack:
        pytest.skip("LocalStack stops no execution while a state waits for a token.")


@pytest.fixture
def tenant() -> str:
    """A tenant of the test's own, so that tests do not see each other's items."""
    return f"{os.environ.get(MARK_VARIABLE, 't')}{uuid.uuid4().hex[:12]}"


@pytest.fixture
def pk(tenant: str) -> str:
    return f"AIRPORT#{tenant}"
