"""Decide where a command for an environment goes: to AWS, or to which emulator."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.terminal import screen
from cli.watching.live_line import live_line
from stacks.environment.model import Environment
from stacks.environment_files import LOCAL
from tooling.background_emulator import BackgroundEmulator, chosen_port
from tooling.deployment import Deployment
from tooling.environments import TargetEnvironment, load
from tooling.errors import ToolingError
from tooling.last_deployment import LastDeployment
from tooling.local_database import end_database, start_database
from tooling.ministack import MiniStack
from tooling.paths import TOOLS
from tooling.plan_review.review import review
from tooling.state_bucket import has_credentials, require_state_bucket

NEXT_STEPS = """To publish, see what came of it, sign in to the API or the console, and develop:
  .venv/bin/cqrs publish 'AIRPORT#acme' 'AIRPORT#KIX' --name Kansai \\
      --attributes '{"country": "Japan", "city": "Osaka"}' --wait
  .venv/bin/cqrs get 'AIRPORT#acme' 'AIRPORT#KIX'
  .venv/bin/cqrs executions --status SUCCEEDED
  .venv/bin/cqrs token --tenant acme --role administrator
  .venv/bin/cqrs logs --follow
  make console
  make dev"""


_SIGNS_OF_UNKNOWN_THINGS = ("AlreadyExists", "already exists", "ResourceInUseException")
_BEGIN_ANEW = (
    "The emulator holds something that Terraform's state does not know: make up would fail again. "
    "Run make down, which drops what the emulator holds, and then make up."
)


def up(announce: Callable[[str], None]) -> None:
    """Start the emulator unless it runs, and deploy the local environment to it.

    Parameters
    ----------
    announce
        Is told what happens, as the deployment itself goes to a log.

    Raises
    ------
    ToolingError
        If the database or the emulator does not start, or the deployment fails.
    """
    bring_up(prepared(LOCAL, announce), announce)
    announce(f"The environment {LOCAL} is deployed; make down ends it.")
    announce(NEXT_STEPS)


def prepared(name: str, announce: Callable[[str], None]) -> TargetEnvironment:
    """Return an environment; the database of the local one is started and migrated.

    Raises
    ------
    ToolingError
        If there is no such environment, or its file or database cannot be used.
    """
    environment = load(name)
    if name != LOCAL:
        return environment
    start_database(announce)
    return load(name)


def bring_up(
    environment: TargetEnvironment,
    announce: Callable[[str], None],
    deploy: Callable[[Deployment], None] | None = None,
) -> Deployment:
    """Deploy an environment that lives on an emulator, and start this clone's if it lives there.

    Parameters
    ----------
    environment
        The environment.
    announce
        Is told what happens, as the deployment itself goes to a log.
    deploy
        Deploys what has changed; by default :func:`deploy_unasked`.

    Raises
    ------
    ToolingError
        If the emulator does not start, or the deployment fails.
    """
    log = BackgroundEmulator().log.with_name("deployment.log")
    deployment = _elsewhere(environment) or _on_emulator(
        environment, _start_emulator(environment), log
    )
    announce(f"The emulator answers at {deployment.endpoint_url}.")
    last = LastDeployment(deployment, environment.details)
    if last.is_current():
        announce(f"The environment {environment.name} is deployed as it is in this clone.")
        return deployment
    last.forget()
    try:
        (deploy or partial(deploy_unasked, announce))(deployment)
    except ToolingError as error:
        raise ToolingError(with_way_out(str(error))) from None
    last.remember()
    return deployment


def deploy_unasked(announce: Callable[[str], None], deployment: Deployment) -> None:
    """Deploy to an emulator, whatever that takes away.

    Raises
    ------
    ToolingError
        If the deployment fails.
    """
    log = f" (log: {deployment.log})" if deployment.log else ""
    announce(f"Running cdktf deploy {deployment.environment}{log}")
    with _shown(deployment):
        deployment.deploy()


@contextmanager
def _shown(deployment: Deployment) -> Iterator[None]:
    """Show on a terminal what is under way, and for how long; what has no log shows it itself."""
    if deployment.log is None:
        yield
        return
    with live_line(screen.progress(), f"the deployment of {deployment.environment}") as tell:
        tell("under way; the first takes minutes")
        yield


def with_way_out(failure: str) -> str:
    """Return why a deployment to the emulator failed, and how to go on if none will succeed.

    Terraform repeats a request whose answer it did not get. If the emulator has carried out the
    first one, the thing is there, and Terraform's state does not know it: each later try fails too.

    Parameters
    ----------
    failure
        The message of the failure, with the end of the deployment's log.
    """
    if not any(sign in failure for sign in _SIGNS_OF_UNKNOWN_THINGS):
        return failure
    return f"{failure}\n{_BEGIN_ANEW}"


def initialised_on_aws(environment: TargetEnvironment) -> Deployment:
    """Return the deployment of an environment in AWS, synthesised and ready for Terraform.

    Raises
    ------
    ToolingError
        If the state has no bucket, or there is no access to the account.
    """
    require_state_bucket(environment.details)
    deployment = Deployment(environment.name)
    deployment.initialise()
    return deployment


def down() -> bool:
    """End the emulator and all that was deployed to it; return whether it ran."""
    end_database()
    return BackgroundEmulator().stop()


def running_endpoint() -> str:
    """Return the address of the emulator that `up` started.

    Raises
    ------
    ToolingError
        If it does not run.
    """
    endpoint_url = BackgroundEmulator().endpoint_url()
    if endpoint_url is None:
        message = "The emulator does not run: start it with make up."
        raise ToolingError(message)
    return endpoint_url


def deployment_of(name: str) -> tuple[Deployment, Environment]:
    """Return the deployment of an environment in AWS, ready for its outputs, and the environment.

    Raises
    ------
    ToolingError
        If it is on an emulator, or its state cannot be reached.
    """
    environment = load(name)
    if environment.emulator_endpoint is not None:
        message = f"{name} is on an emulator, for which make console serves the console."
        raise ToolingError(message)
    return initialised_on_aws(environment), environment.details


def local_deployment() -> tuple[Deployment, Environment]:
    """Return the deployment of the local environment, which `up` has made, and its environment.

    Raises
    ------
    ToolingError
        If its emulator does not run.
    """
    environment = load(LOCAL)
    deployment = _elsewhere(environment) or _on_emulator(environment, running_endpoint())
    return deployment, environment.details


def synth(name: str) -> Path:
    """Synthesise an environment, and return the folder that its configuration went to."""
    deployment = Deployment(load(name).name)
    deployment.synth()
    return deployment.stack_folder


def plan(name: str, *, offline: bool | None = None) -> None:
    """Show what a deployment of an environment would change.

    Parameters
    ----------
    offline
        Whether to ask nothing of AWS, and to plan as if nothing were deployed; by default if there
        are no credentials.
    """
    with _planning(load(name), offline) as deployment:
        deployment.plan()


def plan_document(name: str, *, offline: bool | None = None) -> str:
    """Return what a deployment would change, as ``terraform show -json`` tells it."""
    with _planning(load(name), offline) as deployment:
        return deployment.plan_document()


def deploy(name: str, *, auto_approve: bool = False, allow_data_loss: bool = False) -> None:
    """Deploy an environment; one that lives on this clone's emulator has that started first.

    If nobody is asked, the plan is reviewed, and just that plan is carried out.

    Raises
    ------
    ToolingError
        If it would lose data, and that is not allowed.
    """
    environment = load(name)
    deployment = _elsewhere(environment) or _on_emulator(environment, _start_emulator(environment))
    deployment.require_approval("deploy", auto_approve=auto_approve)
    if deployment.endpoint_url is not None:
        deployment.deploy(auto_approve=auto_approve)
        return
    require_state_bucket(environment.details)
    if auto_approve:
        deployment.deploy_reviewed(partial(_refuse_loss, name, is_allowed=allow_data_loss))
    else:
        deployment.deploy()


def _refuse_loss(environment: str, plan: str, *, is_allowed: bool) -> None:
    if review(environment, plan, is_allowed=is_allowed):
        message = (
            f"The plan for {environment} would lose data, so nothing is deployed: see above. If "
            "that is meant, repeat with ALLOW_DATA_LOSS=1."
        )
        raise ToolingError(message)


def destroy(name: str, *, auto_approve: bool = False) -> None:
    """Remove what is deployed to an environment.

    Raises
    ------
    ToolingError
        If the environment lives on this clone's emulator, and that does not run.
    """
    environment = load(name)
    deployment = _elsewhere(environment) or _on_emulator(environment, running_endpoint())
    deployment.require_approval("destroy", auto_approve=auto_approve)
    if deployment.endpoint_url is None:
        require_state_bucket(environment.details)
    deployment.destroy(auto_approve=auto_approve)


@contextmanager
def outputs_of(name: str, given: Path | None = None) -> Iterator[Path]:
    """A file with the Terraform outputs of an environment that is deployed.

    Parameters
    ----------
    given
        Such a file, if there is one already.

    Raises
    ------
    ToolingError
        If the environment lives on this clone's emulator, and that does not run, or its state
        cannot be read.
    """
    if given is not None:
        yield given
        return
    environment = load(name)
    deployment = _elsewhere(environment) or _on_emulator(environment, running_endpoint())
    if deployment.endpoint_url is None:
        require_state_bucket(environment.details)
    with TemporaryDirectory(prefix="outputs-", dir=TOOLS) as folder:
        file = Path(folder) / "outputs.json"
        file.write_text(deployment.outputs_document(), encoding="utf-8")
        yield file


def _start_emulator(environment: TargetEnvironment) -> str:
    chosen = chosen_port()
    if chosen is None:
        return BackgroundEmulator().start(environment.emulator_port, any_port=True)
    return BackgroundEmulator().start(chosen)


@contextmanager
def _planning(environment: TargetEnvironment, offline: bool | None) -> Iterator[Deployment]:
    if environment.emulator_endpoint is None and _is_offline(environment, offline):
        with _passing_emulator() as (endpoint_url, folder):
            settings = {"CQRS_OFFLINE_ENDPOINT": endpoint_url}
            yield Deployment(environment.name, work_folder=folder, settings=settings)
        return
    with _reachable(environment) as deployment:
        if deployment.endpoint_url is None:
            require_state_bucket(environment.details)
        yield deployment


def _is_offline(environment: TargetEnvironment, offline: bool | None) -> bool:
    if offline is not None:
        return offline
    if has_credentials(environment.details):
        return False
    sys.stderr.write(
        f"There are no credentials for AWS, so this is {environment.name} planned from nothing, as "
        "if nothing were deployed. Sign in to plan from what is.\n"
    )
    return True


@contextmanager
def _reachable(environment: TargetEnvironment) -> Iterator[Deployment]:
    elsewhere = _elsewhere(environment)
    running = BackgroundEmulator().endpoint_url()
    if elsewhere:
        yield elsewhere
    elif running:
        yield _on_emulator(environment, running)
    else:
        with _passing_emulator() as (endpoint_url, folder):
            yield Deployment(environment.name, endpoint_url, folder)


@contextmanager
def _passing_emulator() -> Iterator[tuple[str, Path]]:
    """An emulator on which nothing is deployed, and a folder to work in."""
    with (
        TemporaryDirectory(prefix="plan-", dir=TOOLS) as folder,
        MiniStack(Path(folder) / "emulator.log") as emulator,
    ):
        yield emulator.endpoint_url, Path(folder)


def _elsewhere(environment: TargetEnvironment) -> Deployment | None:
    """Return the deployment that needs no emulator of this clone's, if it is such a one."""
    if environment.emulator_endpoint is None:
        return Deployment(environment.name)
    is_own = environment.emulator_endpoint == BackgroundEmulator().endpoint_url()
    if os.environ.get("AWS_ENDPOINT_URL") and not is_own:
        return Deployment(environment.name, environment.emulator_endpoint)
    return None


def _on_emulator(
    environment: TargetEnvironment, endpoint_url: str, log: Path | None = None
) -> Deployment:
    emulator = BackgroundEmulator()
    return Deployment(environment.name, endpoint_url, emulator.work_folder, log)
