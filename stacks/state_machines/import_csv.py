"""The import-csv state machine (guide, "Distributed Map for CSV import")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import RESULTS_PREFIX
from cqrs.states import ImportState
from stacks.asl import ALL_ERRORS, Definition, catch, csv_map, machine, result_writer

if TYPE_CHECKING:
    from stacks.asl import Invocation
    from stacks.environment.model import Environment


def import_csv_definition(invoke: Invocation, environment: Environment) -> Definition:
    """Define how the rows of a file are imported in batches, many at a time.

    Beyond the guide, ``finalize`` closes the job, whether the map succeeded (``$.result``) or
    failed (``$.error``).
    """
    s = ImportState
    options = environment.import_csv
    return machine(
        "Processes large CSV files with distributed batch processing",
        s.IMPORT_CSV,
        {
            s.IMPORT_CSV: csv_map(
                s.CSV_ROWS_HANDLER,
                invoke.item_task(End=True),
                dialect=environment.dialect,
                max_items_per_batch=options.max_items_per_batch,
                Label=s.IMPORT_CSV,
                MaxConcurrency=options.max_concurrency,
                ResultWriter=result_writer(environment.bucket, RESULTS_PREFIX),
                ResultPath="$.result",
                Catch=[catch(ALL_ERRORS, s.FINALIZE, ResultPath="$.error")],
                Next=s.FINALIZE,
            ),
            s.FINALIZE: invoke.task(End=True),
        },
        timeout_seconds=options.execution_timeout_seconds,
    )
