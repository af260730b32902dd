"""Call the CDKTF command line so that it neither waits for anyone nor floods a log."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tooling.environments import all_names
from tooling.errors import ToolingError
from tooling.host import platform_name
from tooling.paths import CDKTF, PROVIDER_LOCK
from tooling.programs import run
from tooling.provider_lock import FILE_NAME, is_held, place_lock


def run_cdktf(
    arguments: Sequence[str],
    output: Path,
    environment: Mapping[str, str],
    log: Path | None = None,
) -> None:
    """Run cdktf on the project.

    Parameters
    ----------
    arguments
        The command and its arguments.
    output
        The folder that cdktf writes the synthesised stacks to.
    environment
        The variables that it runs under.
    log
        The file that takes what it prints, if not the screen.

    Raises
    ------
    ToolingError
        If it is not installed, or fails, or the lock file is of another provider.
    """
    if not CDKTF.exists():
        message = "The CDKTF command line is not installed in this clone: run make setup."
        raise ToolingError(message)
    _prepare_provider_locks(output, environment)
    command = [str(CDKTF), *arguments, "--output", str(output)]
    if log is None and sys.stdout.isatty() and "CI" not in environment:
        run(command, environment)
    else:
        # If cdktf knows of a CI, it does not write a line for each turn of its spinning wheel.
        run([*command, "--no-color"], {**environment, "CI": "true"}, log)


def _prepare_provider_locks(output: Path, environment: Mapping[str, str]) -> None:
    _forget_other_providers(output, environment)
    if not is_held(environment) or not PROVIDER_LOCK.is_file():
        return
    named = environment.get("CQRS_ENVIRONMENT")
    for name in [named] if named else all_names():
        place_lock(PROVIDER_LOCK, output / "stacks" / name, environment)


def _forget_other_providers(output: Path, environment: Mapping[str, str]) -> None:
    """Drop provider locks that were made for another platform or another source of providers.

    Their checksums would refuse this one's provider; its version is pinned by the stack itself.
    """
    held = " held" if is_held(environment) else ""
    source = f"{platform_name()} {environment.get('TF_CLI_CONFIG_FILE', 'registry')}{held}\n"
    marker = output / ".provider-source"
    if marker.is_file() and marker.read_text() == source:
        return
    for lock in output.glob(f"stacks/*/{FILE_NAME}"):
        lock.unlink()
    output.mkdir(parents=True, exist_ok=True)
    marker.write_text(source)
