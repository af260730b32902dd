"""The deployed function, its publishers and its operators, all behind the fault proxy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cqrs.aws.clients import Clients
from cqrs.commands.sync_handlers import SyncHandlers
from cqrs.errors import TransientError
from cqrs.resources import StateMachine
from cqrs.services import Services
from tests import integration
from tests.faults.proxy import FaultProxy
from tests.faults.weather import Weather
from tests.integration.deployed import Deployed
from tests.integration.identities import root
from tests.integration.overlay import with_modules

OVERLAY = Path(__file__).with_name("overlay")
FLIGHTS = Path(integration.__file__).with_name("importing") / "flights.py"
OVERLAID = ("through_proxy", "callbacks", "witness")
Tell = Callable[[str], None]
"""Prints what a run came to."""

VISIBILITY_SECONDS = 90
"""Longer than an invocation may take, and less than the usual six times of that. All tries of a
message take longer than the longest outage, as they do on AWS."""

ANY_FAILURE = "States.TaskFailed"
MACHINES = (*StateMachine, "airport-closure")


@dataclass(frozen=True)
class Stage:
    """The stage of a run.

    Attributes
    ----------
    deployed
        The stack, with services that go past the proxy: they look at what came of it.
    services
        Services behind it: they do what users do.
    """

    deployed: Deployed
    proxy: FaultProxy
    services: Services

    @contextmanager
    def weather(self, weather: Weather) -> Iterator[Weather]:
        """Let it be so while the block lasts."""
        self.proxy.weather = weather
        try:
            yield weather
        finally:
            self.proxy.weather = Weather()


@contextmanager
def behind_the_proxy(
    deployed: Deployed, region: str, folder: Path, mistakes: Sequence[Path] = ()
) -> Iterator[Stage]:
    """Put the proxy before a deployed function.

    Parameters
    ----------
    folder
        Takes the module that gives the function the proxy's address.
    mistakes
        Modules that change what the function does.
    """
    with FaultProxy(deployed.endpoint).running() as proxy:
        place = folder / "place_of_proxy.py"
        place.write_text(f"ENDPOINT = {proxy.endpoint_url!r}\n", encoding="utf-8")
        modules = [place, FLIGHTS, *(OVERLAY / f"{name}.py" for name in OVERLAID), *mistakes]
        services = Services(
            deployed.services.settings,
            Clients(root(proxy.endpoint_url, region), proxy.endpoint_url),
            SyncHandlers(),
        )
        with with_modules(deployed, modules), named_errors(deployed), _prompt_queues(deployed):
            yield Stage(deployed, proxy, services)


@contextmanager
def named_errors(deployed: Deployed) -> Iterator[None]:
    """Let a failure of the function be repeated as AWS repeats it, which knows its name.

    Emulator difference: MiniStack gives every exception the same name, which only the retrier of
    any failure takes. Here each is one of AWS's, so the retrier of those takes them all.
    """
    client, settings = deployed.services.clients.step_functions, deployed.services.settings
    machines = [settings.state_machine_arn(name) for name in MACHINES]
    originals = {
        arn: client.describe_state_machine(stateMachineArn=arn)["definition"] for arn in machines
    }
    for arn, original in originals.items():
        definition = json.dumps(_renamed(json.loads(original)))
        client.update_state_machine(stateMachineArn=arn, definition=definition)
    try:
        yield
    finally:
        for arn, original in originals.items():
            client.update_state_machine(stateMachineArn=arn, definition=original)


def _renamed(node: Any) -> Any:
    if isinstance(node, list):
        return [_renamed(part) for part in node]
    if not isinstance(node, dict):
        return node
    changed = {name: _renamed(part) for name, part in node.items()}
    if "Retry" in node:
        kept = [one for one in node["Retry"] if one["ErrorEquals"] != [ANY_FAILURE]]
        changed["Retry"] = [
            {**one, "ErrorEquals": [ANY_FAILURE]}
            if TransientError.__name__ in one["ErrorEquals"]
            else one
            for one in kept
        ]
    return changed


@contextmanager
def _prompt_queues(deployed: Deployed) -> Iterator[None]:
    """Let a message that failed come again soon."""
    sqs, settings = deployed.services.clients.sqs, deployed.services.settings
    urls = (
        settings.task_action_queue_url,
        settings.notification_queue_url,
        settings.import_action_queue_url,
    )
    name = "VisibilityTimeout"
    originals = {
        url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]
        for url in urls
    }
    for url in urls:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={name: str(VISIBILITY_SECONDS)})
    try:
        yield
    finally:
        for url, original in originals.items():
            sqs.set_queue_attributes(QueueUrl=url, Attributes={name: original})
