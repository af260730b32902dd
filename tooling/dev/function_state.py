"""Terraform's knowledge of the function's code, kept true while code goes past Terraform.

Terraform compares the hash of a package with the one in its state. It asks nobody for the code that
the function has (AWS provider, ``aws_lambda_function``, ``source_code_hash``). So a plan would
take code that went past it for that of the deployment before. Before the first upload the state
forgets the hash, and it has that of the last one when the session ends. If the session dies, the
next plan uploads the code of then.
"""

import base64
import json
from typing import Any

from tooling.deployment import Deployment
from tooling.errors import ToolingError

UNKNOWN = ""
"""The hash of code that may be any: each plan finds another one."""

_HASH, _PACKAGE = "source_code_hash", "filename"


class FunctionState:
    """The function in the Terraform state of a deployment.

    Parameters
    ----------
    deployment
        The deployment.
    function_name
        The function's name.
    """

    def __init__(self, deployment: Deployment, function_name: str) -> None:
        self._deployment = deployment
        self._function_name = function_name
        self._document: dict[str, Any] | None = None

    def code_hash(self) -> str:
        """The hash of the package that Terraform takes the function to have."""
        return str(self._function()[_HASH])

    def forget_code(self) -> None:
        """Let every plan upload the code, whatever it is."""
        self._put(UNKNOWN)

    def record_code(self, code_hash: str) -> None:
        """Let plans know the code, by the hash that they compare."""
        self._put(code_hash)

    def drop(self) -> None:
        """Forget the state that was read, as something else may change it."""
        self._document = None

    def _put(self, code_hash: str) -> None:
        if self.code_hash() == code_hash:
            return
        try:
            self._push(code_hash)
        except ToolingError:
            # Another deployment from here or elsewhere has written it meanwhile.
            self.drop()
            self._push(code_hash)

    def _push(self, code_hash: str) -> None:
        function, document = self._function(), self._read()
        if code_hash != UNKNOWN:
            function[_PACKAGE] = self._package(str(function[_PACKAGE]), code_hash)
        function[_HASH] = code_hash
        document["serial"] += 1
        self._deployment.push_state(json.dumps(document, indent=2))

    def _package(self, filename: str, code_hash: str) -> str:
        """Path of a package; its folder is named after the hash (stacks/function)."""
        *before, _, name = filename.split("/")
        return "/".join([*before, base64.b64decode(code_hash).hex(), name])

    def _function(self) -> dict[str, Any]:
        for resource in self._read()["resources"]:
            if resource["mode"] == "managed" and resource["type"] == "aws_lambda_function":
                for instance in resource["instances"]:
                    attributes: dict[str, Any] = instance["attributes"]
                    if attributes["function_name"] == self._function_name:
                        return attributes
        message = (
            f"Terraform's state has no function {self._function_name}: deploy "
            f"{self._deployment.environment} first."
        )
        raise ToolingError(message)

    def _read(self) -> dict[str, Any]:
        if self._document is None:
            self._document = json.loads(self._deployment.state())
        return self._document
