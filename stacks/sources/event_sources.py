"""Streams and queues that invoke the function (guide, "Event source configuration").

Beyond the guide, a stream's filter also drops what needs no work, so that it costs no invocation.
Single records of a batch can fail, and what keeps failing ends in a queue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.deployment.stream_filters import stream_filters
from stacks.bindings import (
    Construct,
    LambdaEventSourceMapping,
    LambdaEventSourceMappingDestinationConfig,
    LambdaEventSourceMappingDestinationConfigOnFailure,
    LambdaEventSourceMappingFilterCriteria,
    LambdaEventSourceMappingFilterCriteriaFilter,
    LambdaEventSourceMappingScalingConfig,
)
from stacks.documents import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cqrs.deployment.stream_filters import StreamFilter
    from stacks.data.tables import Tables
    from stacks.environment.model import Environment
    from stacks.function.handler_function import HandlerFunction
    from stacks.queues import Queues

PARTIAL_BATCHES = ["ReportBatchItemFailures"]


class EventSources(Construct):
    """Event source mappings of the function."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        tables: Tables,
        queues: Queues,
        function: HandlerFunction,
    ) -> None:
        super().__init__(scope, "event-sources")
        self._environment = environment
        self._function = function
        self._filters = stream_filters(
            command_notifications=environment.settings().are_ends_of_commands_told
        )
        for table in environment.streamed_table_names:
            self._stream(table, tables.stream_arn(table), queues.dead_letter_arn(table))
        for queue in environment.queue_names:
            self._queue(queue, queues.arn(queue))

    def _stream(self, table: str, stream_arn: str, on_failure_arn: str) -> None:
        options = self._environment.streams
        on_failure = LambdaEventSourceMappingDestinationConfigOnFailure(
            destination_arn=on_failure_arn
        )
        LambdaEventSourceMapping(
            self,
            table,
            event_source_arn=stream_arn,
            function_name=self._function.arn,
            starting_position="TRIM_HORIZON",
            batch_size=options.batch_size,
            parallelization_factor=options.parallelization_factor,
            filter_criteria=_filter(self._filters.get(table, ())),
            function_response_types=PARTIAL_BATCHES,
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=options.max_retry_attempts,
            maximum_record_age_in_seconds=options.max_record_age_seconds,
            destination_config=LambdaEventSourceMappingDestinationConfig(on_failure=on_failure),
        )

    def _queue(self, queue: str, queue_arn: str) -> None:
        concurrency = self._environment.queues.max_concurrency.of(queue)
        LambdaEventSourceMapping(
            self,
            queue,
            event_source_arn=queue_arn,
            function_name=self._function.arn,
            batch_size=self._environment.queues.batch_size,
            scaling_config=LambdaEventSourceMappingScalingConfig(maximum_concurrency=concurrency),
            function_response_types=PARTIAL_BATCHES,
        )


def _filter(filters: Sequence[StreamFilter]) -> LambdaEventSourceMappingFilterCriteria | None:
    """Pass what passes one of the filters, or everything if there are none."""
    if not filters:
        return None
    return LambdaEventSourceMappingFilterCriteria(
        filter=[
            LambdaEventSourceMappingFilterCriteriaFilter(pattern=render(one.pattern))
            for one in filters
        ]
    )
