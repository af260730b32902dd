"""The import workflow: publishes batches of rows, and closes the job.

Source: guide, "Distributed Map for CSV import".
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from cqrs.clock import now_iso
from cqrs.errors import UnsupportedEventError, ValidationError
from cqrs.imports.models import ImportStatus
from cqrs.item_store import Condition, Update
from cqrs.keys import tenant_code

if TYPE_CHECKING:
    from cqrs.commands.service import CommandService
    from cqrs.events import StepFunctionsEvent
    from cqrs.imports.strategies import ImportStrategies
    from cqrs.item_store import ItemStore
    from cqrs.settings import Settings


class ImportWorkflow:
    """States of the import-csv state machine.

    Parameters
    ----------
    store, settings
        Access to the import_tmp table.
    commands
        Publishes the rows.
    strategies
        The application's import strategies.
    """

    def __init__(
        self,
        store: ItemStore,
        settings: Settings,
        commands: CommandService,
        strategies: ImportStrategies,
    ) -> None:
        self._store = store
        self._table = settings.import_tmp_table
        self._commands = commands
        self._strategies = strategies

    def csv_rows_handler(self, event: StepFunctionsEvent) -> dict[str, int]:
        """Publish a batch of rows, each as one synchronous command.

        Parameters
        ----------
        event
            Its input is ``{"Items": [{"row", "index"}, ...], "BatchInput": {"Attributes": job}}``.

        Returns
        -------
        dict
            How many rows ``succeeded``, were ``skipped`` as unchanged, or ``failed``.
        """
        rows, job = _batch(event)
        strategy = self._strategies.of(job["target"])
        counts: Counter[str] = Counter(succeeded=0, skipped=0, failed=0)
        for row in rows:
            try:
                item = strategy.transform(row["row"], tenant_code(job["pk"]))
                result = self._commands.publish_sync(
                    item.pk, item.sk, name=item.name, attributes=item.attributes
                )
            except ValidationError:
                counts["failed"] += 1
            else:
                counts["succeeded" if result.changed else "skipped"] += 1
        return dict(counts)

    def finalize(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Close the job; a map that failed has left its error under ``error``."""
        job = event.context.execution.input
        error = event.input.get("error") if isinstance(event.input, dict) else None
        status = ImportStatus.COMPLETED if error is None else ImportStatus.FAILED
        self._store.update(
            Update(
                self._table,
                job["pk"],
                job["sk"],
                assign={
                    "status": status.value,
                    "finishedAt": now_iso(),
                    **({} if error is None else {"error": error}),
                },
                condition=Condition("attribute_exists(#pk)"),
            )
        )
        return {"pk": job["pk"], "sk": job["sk"], "status": status.value}


def _batch(event: StepFunctionsEvent) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    try:
        job = event.input["BatchInput"]["Attributes"]
        return event.input["Items"], {"pk": job["pk"], "target": job["target"]}
    except (KeyError, TypeError) as error:
        raise UnsupportedEventError(
            f"csv_rows_handler was called without {error}: it needs Items, and the job with pk "
            "and target under BatchInput.Attributes."
        ) from None
