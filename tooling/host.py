"""The machine that this runs on, in Terraform's words."""

import platform

from tooling.errors import ToolingError

_SYSTEMS = {"Linux": "linux", "Darwin": "darwin"}
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}

PLATFORMS = tuple(
    f"{system}_{machine}"
    for system in sorted(_SYSTEMS.values())
    for machine in sorted(set(_MACHINES.values()))
)
"""All that the project supports, as Terraform writes them."""


def platform_name() -> str:
    """Return this machine's platform as Terraform writes it, such as ``linux_amd64``.

    Raises
    ------
    ToolingError
        If the project does not support this platform.
    """
    system, machine = platform.system(), platform.machine()
    try:
        return f"{_SYSTEMS[system]}_{_MACHINES[machine.lower()]}"
    except KeyError:
        message = (
            f"The tool chain runs on Linux and macOS (x86-64 or ARM), not on {system} {machine}: "
            "use one of those, or WSL on Windows."
        )
        raise ToolingError(message) from None
