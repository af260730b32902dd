"""Clients of the services in memory, in the place of boto3's.

The runtime's own code begins right above them: its :func:`cqrs.aws.clients.send` with its repeats,
and all that calls it. An operation that a service does not know is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from cqrs.testing.aws.unknown import NotInMemory, unknown_operation

if TYPE_CHECKING:
    from cqrs.testing.faults import Faults

OPERATIONS: Mapping[str, frozenset[str]] = {
    "dynamodb": frozenset(
        {
            "get_item",
            "batch_get_item",
            "transact_get_items",
            "query",
            "scan",
            "put_item",
            "update_item",
            "delete_item",
            "transact_write_items",
        }
    ),
    "stepfunctions": frozenset(
        {
            "start_execution",
            "describe_execution",
            "stop_execution",
            "list_executions",
            "list_map_runs",
            "describe_map_run",
            "get_execution_history",
            "send_task_success",
            "send_task_failure",
            "send_task_heartbeat",
        }
    ),
    "sqs": frozenset({"send_message", "send_message_batch"}),
    "sns": frozenset({"publish"}),
    "s3": frozenset(
        {
            "put_object",
            "get_object",
            "head_object",
            "delete_object",
            "list_objects_v2",
            "create_multipart_upload",
            "upload_part",
            "complete_multipart_upload",
            "abort_multipart_upload",
            "generate_presigned_url",
        }
    ),
}
"""The operations of each service that its client knows."""


class MemorySession:
    """Makes clients, as a boto3 session does.

    Parameters
    ----------
    services
        The services by the names that clients have.
    faults
        Faults that a test asks for.
    region
        Name of the region.
    """

    def __init__(self, services: Mapping[str, Any], faults: Faults, region: str) -> None:
        self._services = services
        self._faults = faults
        self._region = region

    def client(self, service_name: str, **_options: Any) -> Any:
        """Make a client of a service.

        Raises
        ------
        NotInMemory
            If there is no such service in memory.
        """
        if service_name not in OPERATIONS:
            raise NotInMemory(
                f"There is no {service_name} in memory; there are {', '.join(sorted(OPERATIONS))}. "
                "Give the application's code a stand-in of your own, or test it on the emulator "
                "(`make up`)."
            )
        service = self._services[service_name]
        return MemoryClient(service_name, service, self._faults, self._region)


class MemoryClient:
    """A service's client; its methods are made when they are first asked for."""

    def __init__(self, name: str, service: Any, faults: Faults, region: str) -> None:
        self._name = name
        self._service = service
        self._faults = faults
        self.meta = SimpleNamespace(
            events=SimpleNamespace(register=lambda *_: None), region_name=region
        )

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        known = OPERATIONS[self._name]
        if operation.startswith("_"):
            raise AttributeError(operation)
        if operation not in known:
            raise unknown_operation(self._name, operation, known)
        perform = getattr(self._service, operation)
        faults, name = self._faults, self._name

        def request(*arguments: Any, **parameters: Any) -> Any:
            faults.before(name, operation, parameters)
            answer = perform(*arguments, **parameters)
            faults.after(name, operation, parameters)
            return answer

        setattr(self, operation, request)
        return request
