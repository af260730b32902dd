"""The tests' knowledge of the deployed stack, and how they wait for it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from cqrs.aws.replaced_code import may_be_replaced
from cqrs.aws.step_functions import execution_arn
from cqrs.commands.executions import command_execution_name
from cqrs.commands.models import Command, CommandStatus
from cqrs.core.attribute_values import Item, from_attribute_values
from cqrs.core.keys import CommandKey
from cqrs.events.types import DIRECT_SOURCE
from cqrs.item_types.asked_types import LIST_ITEM_TYPES
from cqrs.services import Services
from tooling.deployment import Deployment
from tooling.localstack.suite import PATIENCE_VARIABLE
from tooling.ministack import is_healthy
from tooling.verification.suite import ENVIRONMENT_VARIABLE

POLL_SECONDS = 0.1

PATIENCE = float(os.environ.get(PATIENCE_VARIABLE, "1"))
"""How much longer than on MiniStack everything is waited for."""

REFUSED_BY_HANDLER = {"country": 7}
"""Attributes of an airport that only those can publish who do not know its type, as the services
of the tests do not. The sample's sync handler refuses them."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Deployed:
    """The stack on the emulator."""

    deployment: Deployment
    endpoint: str
    services: Services
    outputs: dict[str, Any]

    @property
    def is_ministack(self) -> bool:
        """Whether the emulator is MiniStack, with what only that one can do."""
        return bool(self.endpoint) and is_healthy(self.endpoint)

    @property
    def is_localstack(self) -> bool:
        """Whether the emulator is LocalStack, whose differences are in docs/emulators.md."""
        return bool(self.endpoint) and not self.is_ministack

    @property
    def is_shared(self) -> bool:
        """Whether others use it, so that nothing of it may be changed."""
        return ENVIRONMENT_VARIABLE in os.environ

    def invoke(self, event: Any) -> tuple[Any, str | None]:
        """Invoke the function; its answer, and the FunctionError if it raised."""
        answer = self.services.clients.lambda_.invoke(
            FunctionName=self.services.settings.function_name, Payload=json.dumps(event)
        )
        return json.loads(answer["Payload"].read()), answer.get("FunctionError")

    def wait_until_replaced(self) -> None:
        """Wait until the function runs with what was changed of it.

        Emulator difference: MiniStack ends all workers of a function when one of them fails, and
        those of the code before fail for a moment (``cqrs/aws/replaced_code.py``).
        """
        name = self.services.settings.function_name
        self.services.clients.lambda_.get_waiter("function_updated_v2").wait(FunctionName=name)
        wait_for(self._answers, "an answer of the changed function")

    def _answers(self) -> bool | None:
        """Whether it does; None as long as it is being replaced."""
        asked = {"source": DIRECT_SOURCE, "action": LIST_ITEM_TYPES, "payload": {}}
        answer, fault = self.invoke(asked)
        return None if fault is not None and may_be_replaced(str(answer)) else True

    def stored_command(self, key: CommandKey) -> Item:
        """A command as it is stored; empty if there is none."""
        return self.services.store.get(self.services.settings.commands_table, key.pk, key.sk) or {}

    def partition(self, table: str, pk: str) -> list[Item]:
        """All items of a partition, as they are stored."""
        pages = self.services.clients.dynamodb.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
        )
        return [from_attribute_values(item) for page in pages for item in page["Items"]]

    def failed_commands(self, pk: str) -> list[tuple[str, str, str]]:
        """Sort keys of the commands of a partition that failed, each with error and cause."""
        return [
            (command["sk"], command.get("error", ""), command.get("cause", ""))
            for command in self.partition(self.services.settings.commands_table, pk)
            if command["status"] == "FAILED"
        ]

    def end_of(self, key: CommandKey, seconds: float = 60) -> Command:
        """Wait for a command's end."""

        def ended() -> Command | None:
            command = self.services.commands.get(key)
            if command is None or command.status is CommandStatus.PUBLISHED:
                return None
            return command

        return wait_for(ended, f"the end of {key}", seconds)

    def execution(self, key: CommandKey, request_id: str, seconds: float = 60) -> dict[str, Any]:
        """Wait for the end of a command's execution and describe it."""
        settings = self.services.settings
        machine = settings.command_state_machine_arn
        name = command_execution_name(key, request_id)
        arn = execution_arn(machine, name)

        step_functions = self.services.clients.step_functions

        def ended() -> dict[str, Any] | None:
            try:
                description = step_functions.describe_execution(executionArn=arn)
            except step_functions.exceptions.ExecutionDoesNotExist:
                return None  # the stream's record has not arrived yet
            return None if description["status"] == "RUNNING" else dict(description)

        return wait_for(ended, f"the end of execution {name}", seconds)

    def running(self, key: CommandKey, request_id: str) -> str:
        """Wait until a command's execution is under way, and return its ARN."""
        machine = self.services.settings.command_state_machine_arn
        arn = execution_arn(machine, command_execution_name(key, request_id))
        wait_for(
            lambda: self.services.step_functions.status(arn) == "RUNNING" or None,
            f"the start of {key}",
        )
        return arn

    def dead_letter(self, source: str, *, delete: bool = False) -> dict[str, Any]:
        """Wait for a message in a dead-letter queue, and look at it without hiding it."""
        sqs, url = self.services.clients.sqs, self.outputs["dead_letter_queue_urls"][source]

        def first() -> dict[str, Any] | None:
            answer = sqs.receive_message(
                QueueUrl=url, VisibilityTimeout=0, MessageAttributeNames=["All"]
            )
            messages = answer.get("Messages", [])
            return dict(messages[0]) if messages else None

        letter = wait_for(first, f"a dead letter of {source}")
        if delete:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
        return letter

    def dead_letters(self) -> int:
        """Messages in all dead-letter queues."""
        total = 0
        for url in self.outputs["dead_letter_queue_urls"].values():
            answer = self.services.clients.sqs.get_queue_attributes(
                QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
            )
            total += int(answer["Attributes"]["ApproximateNumberOfMessages"])
        return total


def wait_for(
    condition: Callable[[], Answer | None],
    what: str,
    seconds: float = 60,
    poll_seconds: float = POLL_SECONDS,
) -> Answer:
    """Wait until a condition gives an answer, and return that."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        answer = condition()
        if answer is not None:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {seconds * PATIENCE:g} s in vain for {what}.")
        time.sleep(poll_seconds * PATIENCE)
