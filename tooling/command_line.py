"""The tool chain's command line, ``python -m tooling``; the Makefile is its front door."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from stacks.environment_files import LOCAL
from tooling import state_bucket, targets
from tooling.child_environment import deployment_environment, emulator_access
from tooling.environments import all_names, load
from tooling.errors import ToolingError
from tooling.localstack.suite import run_integration_tests
from tooling.paths import PROVIDER_LOCK, ROOT
from tooling.plan_review.review import reported_failure, review
from tooling.programs import end_in_order_when_terminated, run
from tooling.provider_lock import write_lock
from tooling.terraform import find_terraform
from tooling.validation import validate as validate_environments

app = typer.Typer(
    help=__doc__,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

EnvironmentName = Annotated[str, typer.Argument(help="Name of a file in environments/.")]
Offline = Annotated[
    bool | None, typer.Option(help="Ask nothing of AWS; by default if there are no credentials.")
]
AllowDataLoss = Annotated[bool, typer.Option(help="Do not fail if data would be lost.")]
AutoApprove = Annotated[bool, typer.Option(help="Go ahead without asking.")]


@app.command()
def setup_check() -> None:
    """Find Terraform and the AWS provider, or fetch what is missing."""
    deployment_environment()


@app.command()
def up() -> None:
    """Start the emulator and deploy the local environment to it."""
    targets.up(announce=typer.echo)


@app.command()
def dev(environment: EnvironmentName = LOCAL) -> None:
    """Deploy what is saved within seconds, and show what the environment does."""
    # It loads the SDK and the watcher, which no other command needs here.
    from tooling.dev.inner_loop import develop  # noqa: PLC0415

    develop(environment)


@app.command()
def console(
    tenant: Annotated[str, typer.Option(help="Tenant to begin with.")] = "acme",
) -> None:
    """Build the web console, and serve it against the emulator."""
    # It loads the SDK, which few commands need here.
    from tooling.console.local import build, show  # noqa: PLC0415

    build()
    show(tenant, announce=typer.echo)


@app.command()
def console_publish(environment: EnvironmentName) -> None:
    """Put the built console into the bucket of an environment in AWS."""
    from tooling.console.publishing import publish  # noqa: PLC0415 - for the same reason

    deployment, details = targets.deployment_of(environment)
    publish(details, deployment.outputs(), announce=typer.echo)


@app.command()
def down() -> None:
    """End the emulator and all that was deployed to it."""
    ran = targets.down()
    typer.echo("The emulator has ended." if ran else "The emulator was not running.")


@app.command()
def synth(environment: EnvironmentName = LOCAL) -> None:
    """Write an environment's Terraform configuration."""
    typer.echo(f"Written to {targets.synth(environment)}")


@app.command()
def bootstrap(environment: EnvironmentName) -> None:
    """Make the bucket that holds an environment's Terraform state."""
    bucket = state_bucket.bootstrap(load(environment).details)
    typer.echo(f"The state of {environment} is kept in s3://{bucket}.")


@app.command()
def plan(environment: EnvironmentName = LOCAL, *, offline: Offline = None) -> None:
    """Show what a deployment would change."""
    targets.plan(environment, offline=offline)


@app.command()
def plan_review(
    environment: EnvironmentName = LOCAL,
    *,
    offline: Offline = None,
    allow_data_loss: AllowDataLoss = False,
    comment: Annotated[Path | None, typer.Option(help="Write it to a file as well.")] = None,
) -> None:
    """Print a table of what a deployment would change; fail if it would lose data."""
    with reported_failure(environment, comment):
        document = targets.plan_document(environment, offline=offline)
        loses_data = review(environment, document, is_allowed=allow_data_loss, comment=comment)
    raise typer.Exit(int(loses_data))


@app.command()
def deploy(
    environment: EnvironmentName = LOCAL,
    *,
    auto_approve: AutoApprove = False,
    allow_data_loss: AllowDataLoss = False,
) -> None:
    """Deploy an environment."""
    targets.deploy(environment, auto_approve=auto_approve, allow_data_loss=allow_data_loss)


@app.command()
def destroy(environment: EnvironmentName = LOCAL, *, auto_approve: AutoApprove = False) -> None:
    """Remove what is deployed to an environment."""
    targets.destroy(environment, auto_approve=auto_approve)


@app.command()
def verify(
    environment: EnvironmentName = LOCAL,
    *,
    auto_approve: AutoApprove = False,
    allow_protected: Annotated[
        bool, typer.Option(help="Also an environment that protects its data.")
    ] = False,
    outputs: Annotated[
        Path | None, typer.Option(help="Its outputs, as `terraform output -json` writes them.")
    ] = None,
    tests: Annotated[str, typer.Option(help="Choose tests by their names, as pytest -k.")] = "",
) -> None:
    """Run the tests that are safe there on a deployed environment, and look at how AWS behaves."""
    # It loads the SDK, which no other command needs here.
    from tooling.verification.run import Choices, verify_environment  # noqa: PLC0415

    choices = Choices(auto_approve, allow_protected, tests)
    found = targets.outputs_of(environment, outputs)
    verify_environment(load(environment).details, found, choices, announce=typer.echo)


@app.command()
def policies(environment: EnvironmentName) -> None:
    """Write the policies of those who plan, deploy and operate an environment."""
    folder = ROOT / ".build" / "policies" / environment
    # It loads the bindings, and with them Node, which no other command needs here.
    from stacks.identities.policies import write_policies  # noqa: PLC0415

    for path in write_policies(load(environment).details, folder):
        typer.echo(path.relative_to(ROOT))


@app.command()
def validate(environments: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    """Let Terraform validate environments, all of them unless some are named."""
    names = [load(name).name for name in environments or all_names()]
    validate_environments(names)
    typer.echo(f"Valid: {', '.join(names)}")


@app.command()
def lock_provider() -> None:
    """Write the AWS provider's checksums of all platforms to the lock file."""
    write_lock(find_terraform())
    typer.echo(f"Written to {PROVIDER_LOCK.name}: commit it.")


@app.command("exec", context_settings={"ignore_unknown_options": True})
def execute(command: list[str]) -> None:
    """Run a command with access to the running emulator, and to nothing else."""
    environment = emulator_access(os.environ, targets.running_endpoint())
    run(command, environment)


@app.command("test-localstack", context_settings={"ignore_unknown_options": True})
def run_on_localstack(tests: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    """Run the integration tests against LocalStack, all of them unless some are named."""
    run_integration_tests(tests or ())


def main() -> None:
    """Run the command line; what stands in its way is said in one sentence."""
    end_in_order_when_terminated()
    try:
        app()
    except ToolingError as error:
        sys.exit(f"error: {error.shown}")
    except KeyboardInterrupt:
        sys.exit(130)
