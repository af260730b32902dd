"""The plugin that LocalStack finds by its entry point; the rest is imported when it asks."""

from __future__ import annotations

from typing import Any

from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    """Functions in processes, chosen by ``LAMBDA_RUNTIME_EXECUTOR=process``."""

    name = "process"

    def load(self, *_arguments: Any, **_options: Any) -> type:
        """Return the executor's class."""
        from tooling.localstack.processes.executor import ProcessExecutor  # noqa: PLC0415

        return ProcessExecutor
