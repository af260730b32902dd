"""``make dev`` from its start to its end."""

from contextlib import ExitStack
from functools import partial

from cli.deployed.clients import VerifiedClients
from cli.deployed.connection import Connection, connect
from cli.suggestions import explanation
from tooling import targets
from tooling.deployment import Deployment
from tooling.dev.following import EndedExecutions, Follower, FunctionLog, Source
from tooling.dev.function_code import FunctionCode
from tooling.dev.function_state import FunctionState
from tooling.dev.holder import held
from tooling.dev.infrastructure import Infrastructure
from tooling.dev.log_lines import LogLines
from tooling.dev.report import Report, Topic
from tooling.dev.session import Session, Workshop
from tooling.dev.sources import read_sources
from tooling.dev.standby_synthesis import StandbySynthesis
from tooling.dev.type_checks import TypeChecker
from tooling.dev.watching import saves
from tooling.environments import TargetEnvironment, load
from tooling.errors import ToolingError
from tooling.paths import ROOT, TOOLS

EMULATOR_PAUSE_SECONDS = 0.5
AWS_PAUSE_SECONDS = 3.0
"""AWS answers some two requests for lists of executions a second (Step Functions guide, "Service
quotas")."""


def develop(name: str) -> None:
    """Deploy what is saved, until somebody interrupts.

    Parameters
    ----------
    name
        Name of the environment.

    Raises
    ------
    ToolingError
        If its file does not allow it, another process holds it, or it cannot be deployed.
    """
    _require_allowed(load(name))
    report = Report()
    folder = TOOLS / "dev" / name
    with ExitStack() as ended:
        ended.enter_context(held(name, folder))
        live = read_sources(ROOT, name)
        target = targets.prepared(name, partial(report.line, Topic.DEV))
        deployment = _deployed(target, report)
        connection = connect(name)
        _tell_place(connection, report)
        shop = Workshop(
            ROOT,
            target.details,
            deployment,
            FunctionCode(connection.services.clients.lambda_, target.details.function_name),
            FunctionState(deployment, target.details.function_name),
            _infrastructure(deployment, report, asks_always=_is_on_aws(target)),
            ended.enter_context(TypeChecker(ROOT, folder)),
            ended.enter_context(StandbySynthesis(deployment.output, deployment.variables())),
            deployment.variables(),
        )
        session = Session(shop, report, live)
        report.line(Topic.DEV, "Looking at everything first; what is saved meanwhile follows.")
        session.prepare()
        ended.callback(session.close)
        ended.enter_context(_follower(target, connection, report))
        report.line(Topic.DEV, "Ready: what is saved goes live. Ctrl-C ends.")
        ended.enter_context(report.watching())
        for is_saved in saves(ROOT, name):
            session.look(again=is_saved)


def _require_allowed(target: TargetEnvironment) -> None:
    if not _is_on_aws(target) or target.details.development.enabled:
        return
    if target.details.deletion_protection:
        message = (
            f"{target.name} protects its data (deletion_protection), so make dev does not change "
            "it: develop on another environment, and use make deploy here."
        )
        raise ToolingError(message)
    message = (
        f"make dev would change {target.name} on AWS with every saved file, which its own file "
        "does not allow. If nobody else depends on it, set enabled = true under [development] in "
        f"environments/{target.name}.toml."
    )
    raise ToolingError(message)


def _is_on_aws(target: TargetEnvironment) -> bool:
    return target.emulator_endpoint is None


def _deployed(target: TargetEnvironment, report: Report) -> Deployment:
    announce = partial(report.line, Topic.DEV)
    if not _is_on_aws(target):
        return targets.bring_up(target, announce, partial(_deploy_to_emulator, report))
    announce(f"Planning {target.name} in the account {target.details.account_id}.")
    deployment = targets.initialised_on_aws(target)
    _carry_out(deployment, report, asks_always=True)
    return deployment


def _deploy_to_emulator(report: Report, deployment: Deployment) -> None:
    """Deploy what has changed; on an emulator with nothing of it, a plan takes nothing away."""
    if not deployment.stack_folder.is_dir():
        targets.deploy_unasked(partial(report.line, Topic.DEV), deployment)
        return
    deployment.initialise()
    _carry_out(deployment, report, asks_always=False)


def _carry_out(deployment: Deployment, report: Report, *, asks_always: bool) -> None:
    infrastructure = _infrastructure(deployment, report, asks_always=asks_always)
    with report.under_way(Topic.STACK, "Planning what differs"):
        changes = infrastructure.plan(believes_state=False)
    report.lines(Topic.STACK, [str(change) for change in changes])
    if changes and not infrastructure.apply(changes):
        message = f"{deployment.environment} is not what the sources say, and nothing is deployed."
        raise ToolingError(message)


def _infrastructure(deployment: Deployment, report: Report, *, asks_always: bool) -> Infrastructure:
    under_way = partial(report.under_way, Topic.STACK)
    return Infrastructure(deployment, report.agrees, asks_always=asks_always, under_way=under_way)


def _tell_place(connection: Connection, report: Report) -> None:
    environment, clients = connection.environment, connection.services.clients
    place = environment.endpoint or f"AWS, account {environment.account_id}, {environment.region}"
    report.line(Topic.DEV, f"Environment {environment.name} at {place}.")
    if environment.endpoint is None and isinstance(clients, VerifiedClients):
        report.line(Topic.DEV, f"Changes are made as {clients.caller().arn}.")
    if environment.function.versions == "published":
        report.line(
            Topic.DEV,
            "Executions keep to published versions, so code goes through a plan that publishes "
            'one. With versions = "latest" under [function] it is live within seconds.',
        )


def _follower(target: TargetEnvironment, connection: Connection, report: Report) -> Follower:
    clients, environment = connection.services.clients, target.details
    machines = [environment.state_machine_arn(name) for name in environment.standard_machines]
    is_on_aws = _is_on_aws(target)
    logs = clients.of("logs") if isinstance(clients, VerifiedClients) else None
    if logs is None:
        message = "The command line has no access to the logs."
        raise ToolingError(message)
    sources: dict[Topic, Source] = {
        Topic.LOG: FunctionLog(
            logs,
            f"/aws/lambda/{environment.function_name}",
            LogLines(ROOT, partial(explanation, connection)),
        ),
        Topic.END: EndedExecutions(clients.step_functions, machines),
    }
    return Follower(sources, report, AWS_PAUSE_SECONDS if is_on_aws else EMULATOR_PAUSE_SECONDS)
