"""The CDKTF application: one stack for each file in ``environments/``.

``CQRS_ENVIRONMENT`` names the one environment to synthesise; without it all are, which takes
longer. ``CQRS_STATE_DIR`` names the folder of the Terraform state of what is not in AWS, else the
project's own. ``CQRS_OFFLINE_ENDPOINT`` names an emulator that is asked in the place of AWS: a plan
is then one from nothing, and needs no account. ``CQRS_SOURCE_ONLY`` lets the function's package for
AWS do without byte code, if it is not to be deployed; so does an emulator that is asked.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cli.terminal.escapes import escaped_lines
from stacks.asl import DefinitionError
from stacks.clone import made_clone_id
from stacks.environment.file import load
from stacks.environment_files import EnvironmentFileError, names

PROJECT = Path(__file__).resolve().parent


def main() -> int:
    """Synthesise the stacks; the exit code is 1 if a file, a state machine or code is refused."""
    try:
        wanted = os.environ.get("CQRS_ENVIRONMENT")
        environments = [load(name) for name in ([wanted] if wanted else names())]
    except EnvironmentFileError as error:
        sys.stderr.write(f"{escaped_lines(str(error))}\n")
        return 1

    # A refused file is reported at once, before the bindings' seconds.
    from stacks.bindings import App  # noqa: PLC0415
    from stacks.function.errors import PackageError  # noqa: PLC0415
    from stacks.function.package import write_package_for  # noqa: PLC0415
    from stacks.workflow_stack import WorkflowStack  # noqa: PLC0415

    app = App()
    state_folder = Path(os.environ.get("CQRS_STATE_DIR") or PROJECT).resolve()
    offline_endpoint = os.environ.get("CQRS_OFFLINE_ENDPOINT") or None
    source_only = bool(offline_endpoint or os.environ.get("CQRS_SOURCE_ONLY"))
    try:
        packages = {
            (dialect, sql): write_package_for(dialect, sql=sql, source_only=source_only)
            for dialect, sql in {(one.dialect, one.has_sql) for one in environments}
        }
        for environment in environments:
            WorkflowStack(
                app,
                environment,
                package=packages[environment.dialect, environment.has_sql],
                state_folder=state_folder,
                offline_endpoint=offline_endpoint,
                clone=made_clone_id(),
            )
    except (DefinitionError, PackageError) as error:
        sys.stderr.write(f"{escaped_lines(str(error))}\n")
        return 1
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
