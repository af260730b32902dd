"""The tables of docs/monitoring.md, between marks in it."""

from collections.abc import Callable, Iterable

from cqrs.metrics import MEANINGS
from cqrs.resources import dead_letter_queue
from stacks.environment.model import Environment
from stacks.monitoring.alarm import Alarm
from stacks.monitoring.alarms import environment_alarms
from stacks.monitoring.queries import QUERIES
from stacks.options.monitoring import MonitoringOptions
from tooling.paths import ROOT

DOCUMENT = ROOT / "docs" / "monitoring.md"


def updated(text: str, environment: Environment) -> str:
    """Replace the tables in a document by those of an environment."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = text.partition(begin)
        after = rest.partition(end)[2]
        text = "".join([before, begin, "\n".join(table(environment)), "\n", end, after])
    return text


def _alarms(environment: Environment) -> list[str]:
    rows = [
        (f"`{name}`", _watched(alarm), meaning, remedy)
        for alarm in environment_alarms(environment)
        for name, meaning, remedy in [
            _generic(environment, alarm, (alarm.base_name, alarm.meaning, alarm.remedy))
        ]
    ]
    return _table(("alarm", "goes off where", "what it means", "what to do"), rows)


def _settings(_environment: Environment) -> list[str]:
    fields = MonitoringOptions.model_fields.items()
    return _table(
        ("key", "meaning"), [(f"`{name}`", field.description or "") for name, field in fields]
    )


def _queries(_environment: Environment) -> list[str]:
    rows = [
        (f"`{query.name}`", ", ".join(logs.value for logs in query.logs), query.purpose)
        for query in QUERIES
    ]
    return _table(("query", "logs", "what it answers"), rows)


def _metrics(_environment: Environment) -> list[str]:
    return _table(
        ("metric", "what it counts or measures"),
        [(f"`{metric.value}`", meaning) for metric, meaning in MEANINGS.items()],
    )


TABLES: dict[str, Callable[[Environment], list[str]]] = {
    "alarms": _alarms,
    "settings": _settings,
    "queries": _queries,
    "metrics": _metrics,
}


def _watched(alarm: Alarm) -> str:
    metric = alarm.metrics[0]
    if alarm.share is not None:
        return f"`{metric.name}` is above {alarm.threshold:,} % of `{alarm.share.whole.name}`"
    return f"{metric.statistic} of `{metric.name}` is above {alarm.threshold:,}"


def _generic(
    environment: Environment, alarm: Alarm, texts: tuple[str, str, str]
) -> tuple[str, str, str]:
    """Say the same of all resources of a kind."""
    for placeholder, subjects in _kinds(environment).items():
        if alarm.subject in subjects:
            name = subjects[alarm.subject]
            first, second, third = (text.replace(name, placeholder) for text in texts)
            return first, second, third
    return texts


def _kinds(environment: Environment) -> dict[str, dict[str, str]]:
    """Subjects of alarms and the names in them, by the word that stands for them."""
    return {
        "MACHINE": {machine: machine for machine in environment.state_machines},
        "QUEUE": {queue: queue for queue in environment.queue_names},
        "SOURCE": {dead_letter_queue(source): source for source in environment.dead_letter_sources},
        "TABLE": {f"{table}-table": table for table in environment.table_names},
    }


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [heads, tuple("---" for _ in heads), *dict.fromkeys(rows)]
    return [f"| {' | '.join(line)} |" for line in lines]
