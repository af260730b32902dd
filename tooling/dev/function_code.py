"""The function's code, past Terraform."""

import io
import time
from dataclasses import dataclass
from typing import Any

from stacks.function.errors import PackageError
from stacks.function.package import source_code_hash, write_package_for
from tooling.errors import ToolingError

POLL_SECONDS = 0.05
UPDATED_WITHIN_SECONDS = 120.0
UNDER_WAY = "InProgress"
DONE = "Successful"


@dataclass(frozen=True)
class Package:
    """A package of the function.

    Attributes
    ----------
    content
        The zip file.
    code_hash
        The hash that Terraform compares.
    """

    content: bytes
    code_hash: str


def make_package(dialect: str, *, sql: bool = False) -> Package:
    """Compose the package of the sources as they are.

    Parameters
    ----------
    dialect
        That of the environment.
    sql
        Whether the environment has a database.

    Raises
    ------
    ToolingError
        If the code cannot be compiled, or the application cannot be used.
    """
    try:
        content = write_package_for(dialect, sql=sql).read_bytes()
    except PackageError as error:
        raise ToolingError(str(error)) from None
    return Package(content, source_code_hash(io.BytesIO(content)))


class FunctionCode:
    """The code of a deployed function.

    Parameters
    ----------
    client
        A client of Lambda.
    function_name
        The function's name.
    """

    def __init__(self, client: Any, function_name: str) -> None:
        self._client = client
        self._function_name = function_name

    def put(self, package: Package) -> None:
        """Replace the code as a whole, and return when every new invocation has it.

        Lambda replaces a function's code at once, or not at all. Calls that run go on with the code
        that they began with (Lambda API reference, UpdateFunctionCode; guide, "Lambda function
        states"). Emulator difference: MiniStack 1.5.33 ends them, and their events come again.

        Raises
        ------
        ToolingError
            If Lambda refuses the code, or takes too long.
        """
        answer = self._client.update_function_code(
            FunctionName=self._function_name, ZipFile=package.content
        )
        deadline = time.monotonic() + UPDATED_WITHIN_SECONDS
        while answer.get("LastUpdateStatus") == UNDER_WAY:
            if time.monotonic() > deadline:
                message = f"{self._function_name} is still being updated: look at it in Lambda."
                raise ToolingError(message)
            time.sleep(POLL_SECONDS)
            answer = self._client.get_function_configuration(FunctionName=self._function_name)
        if answer.get("LastUpdateStatus") != DONE:
            message = (
                f"Lambda refuses the code of {self._function_name}: "
                f"{answer.get('LastUpdateStatusReason') or 'it says no reason'}"
            )
            raise ToolingError(message)
