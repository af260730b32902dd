"""Run the project's CDKTF app for one environment: synth, plan, deploy, destroy, outputs."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stacks.environment.file import WITHOUT_API_VARIABLE
from tooling.cdktf import run_cdktf
from tooling.child_environment import deployment_environment, emulator_access
from tooling.errors import ToolingError
from tooling.localstack.health import is_localstack
from tooling.paths import ROOT
from tooling.programs import captured, run

_UNLOCKED = "-lock=false"
"""A command that only looks holds up nobody, and leaves no lock behind if it is cut off."""

_PATIENT = "-lock-timeout=10m"
"""A command that changes something waits for another one that does."""

# cdktf would ask the registry, mirror or not, for checksums of platforms that are not used.
_NO_PROVIDER_LOCK = "--skip-provider-lock"


@dataclass(frozen=True)
class Deployment:
    """One environment, seen from one place that may deploy it.

    Attributes
    ----------
    environment
        The name of the environment, which is also the name of its stack.
    endpoint_url
        The emulator to deploy to, or nothing for AWS itself under the caller's own credentials.
    work_folder
        Folder of the synthesised stack and of the Terraform state of an emulator's stack, if not
        the usual places. Deployments to different emulators need one each.
    log
        The file that takes cdktf's output, if not the screen.
    settings
        Variables to set beyond those.
    """

    environment: str
    endpoint_url: str | None = None
    work_folder: Path | None = None
    log: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def output(self) -> Path:
        """The folder that cdktf writes the synthesised stacks to."""
        return (self.work_folder or ROOT) / "cdktf.out"

    @property
    def stack_folder(self) -> Path:
        """The folder with Terraform's configuration of the stack, after a synth."""
        return self.output / "stacks" / self.environment

    def synth(self) -> None:
        """Write the Terraform configuration of the stack."""
        run_cdktf(["synth"], self.output, self.variables(), self.log)

    def plan(self) -> None:
        """Show what a deployment would change."""
        command = ["diff", self.environment, _NO_PROVIDER_LOCK]
        environment = {**self.variables(), "TF_CLI_ARGS_plan": _UNLOCKED}
        run_cdktf(command, self.output, environment, self.log)

    def plan_document(self) -> str:
        """Return what a deployment would change, as ``terraform show -json`` tells it."""
        self.initialise()
        return self._planned(_UNLOCKED)

    def deploy_reviewed(self, review: Callable[[str], None]) -> None:
        """Bring the environment to what the project says, by the very plan that is reviewed.

        Parameters
        ----------
        review
            Is given the plan as ``terraform show -json`` tells it; what it raises keeps it from
            being carried out.
        """
        self.initialise()
        review(self._planned(_PATIENT))
        environment = self.variables()
        binary, folder = environment["TERRAFORM_BINARY_NAME"], f"-chdir={self.stack_folder}"
        apply = [binary, folder, "apply", "-input=false", _PATIENT, str(self._plan)]
        run(apply, environment, self.log)

    def deploy(self, *, auto_approve: bool = False) -> None:
        """Bring the environment to what the project says.

        Parameters
        ----------
        auto_approve
            Go ahead without asking at the terminal, as is always done on an emulator.
        """
        self._change("deploy", auto_approve=auto_approve)

    def destroy(self, *, auto_approve: bool = False) -> None:
        """Remove everything that the project deployed to the environment.

        Parameters
        ----------
        auto_approve
            Go ahead without asking at the terminal, as is always done on an emulator.
        """
        self._change("destroy", auto_approve=auto_approve)

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs by name; the stack has to be deployed from here."""
        outputs = json.loads(self._terraform("output", "-json", "-no-color"))
        return {name: output["value"] for name, output in outputs.items()}

    def outputs_document(self) -> str:
        """Return the outputs as ``terraform output -json`` prints them.

        A stack on AWS may have been deployed from anywhere, one on an emulator from here.

        Raises
        ------
        ToolingError
            If Terraform fails, or nothing was deployed to the emulator from here.
        """
        if self.endpoint_url is None:
            self.initialise()
        elif not self.stack_folder.is_dir():
            message = (
                f"{self.environment} was not deployed to {self.endpoint_url} from this clone: "
                f"deploy it with make deploy ENV={self.environment}, or name another address in "
                "AWS_ENDPOINT_URL."
            )
            raise ToolingError(message)
        return self._terraform("output", "-json", "-no-color")

    def planned_changes(self) -> dict[str, list[str]]:
        """Return what a deployment of what was last synthesised would do.

        Returns
        -------
        dict
            Terraform's actions (``create``, ``update``, ``delete``) by the address of each
            resource that would change.
        """
        planned = json.loads(self._planned(_UNLOCKED))
        changes = {
            change["address"]: change["change"]["actions"]
            for change in planned.get("resource_changes", [])
        }
        return {address: actions for address, actions in changes.items() if actions != ["no-op"]}

    def plan_alone(self, *, believes_state: bool = True) -> str:
        """Plan what was synthesised last, to be applied as it is; messages as Terraform's JSON.

        Nothing is initialised: it takes the provider of the deployment before.

        Parameters
        ----------
        believes_state
            Whether an emulator is not asked what it has, as nobody else deploys to it.
        """
        known = ["-refresh=false"] if self.endpoint_url and believes_state else []
        plan = ["plan", "-json", "-input=false", _PATIENT, *known, f"-out={self._plan}"]
        return self._terraform(*plan)

    def planned_document(self) -> str:
        """Return the plan that was made last, as ``terraform show -json`` tells it."""
        return self._terraform("show", "-json", str(self._plan))

    def apply_planned(self) -> None:
        """Carry out the plan that was made last, and nothing else.

        Raises
        ------
        ToolingError
            If a part of it fails.
        """
        self._terraform("apply", "-input=false", "-no-color", _PATIENT, str(self._plan))

    def state(self) -> str:
        """Return Terraform's state of the stack, a JSON document."""
        return self._terraform("state", "pull")

    def push_state(self, document: str) -> None:
        """Replace Terraform's state by one that was made of it, with a higher serial.

        Raises
        ------
        ToolingError
            If the state has become another one meanwhile.
        """
        self._terraform("state", "push", _PATIENT, "-", content=document)

    @property
    def _plan(self) -> Path:
        return self.stack_folder.resolve() / "plan.binary"

    def initialise(self) -> None:
        """Write the configuration, and let Terraform prepare its folder for it."""
        self.synth()
        self._terraform("init", "-input=false", "-no-color")

    def _planned(self, lock: str) -> str:
        self._terraform("plan", "-input=false", "-no-color", lock, f"-out={self._plan}")
        return self._terraform("show", "-json", str(self._plan))

    def _terraform(self, *arguments: str, content: str | None = None) -> str:
        environment = self.variables()
        ended = captured(
            [environment["TERRAFORM_BINARY_NAME"], *arguments],
            cwd=self.stack_folder,
            environment=environment,
            content=content,
        )
        if ended.returncode != 0:
            reason = ended.stderr.strip() or _diagnosed(ended.stdout)
            message = f"terraform {arguments[0]} of {self.environment} failed: {reason}"
            raise ToolingError(message)
        return ended.stdout

    def require_approval(self, command: str, *, auto_approve: bool) -> bool:
        """Return whether a change is approved already, rather than to be asked for.

        Raises
        ------
        ToolingError
            If it is not, and there is no terminal to ask at.
        """
        is_approved = auto_approve or self.endpoint_url is not None
        if not is_approved and not sys.stdin.isatty():
            message = (
                f"Without a terminal nobody can approve to {command} {self.environment}: "
                "review make plan, then repeat with AUTO_APPROVE=1."
            )
            raise ToolingError(message)
        return is_approved

    def _change(self, command: str, *, auto_approve: bool) -> None:
        is_approved = self.require_approval(command, auto_approve=auto_approve)
        approval = ["--auto-approve"] if is_approved else []
        arguments = [command, self.environment, _NO_PROVIDER_LOCK, *approval]
        patience = {f"TF_CLI_ARGS_{command}": _PATIENT for command in ("plan", "apply", "destroy")}
        run_cdktf(arguments, self.output, {**self.variables(), **patience}, self.log)

    def variables(self) -> dict[str, str]:
        """Return the variables under which its programs run."""
        environ = (
            emulator_access(os.environ, self.endpoint_url) if self.endpoint_url else os.environ
        )
        child = deployment_environment(environ)
        child["CQRS_ENVIRONMENT"] = self.environment
        if self.endpoint_url and is_localstack(self.endpoint_url):
            child[WITHOUT_API_VARIABLE] = "1"
        if self.work_folder:
            state_folder = self.work_folder / "state"
            state_folder.mkdir(parents=True, exist_ok=True)
            child["CQRS_STATE_DIR"] = str(state_folder)
        return {**child, **self.settings}


def _diagnosed(messages: str) -> str:
    """The errors among messages that Terraform writes as JSON (its "Machine-Readable UI")."""
    found = [json.loads(line) for line in messages.splitlines() if line.startswith("{")]
    errors = [message["diagnostic"] for message in found if message.get("@level") == "error"]
    return "\n".join(f"{error['summary']} {error['detail']}".strip() for error in errors)
