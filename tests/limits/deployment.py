"""The resources that the stacks deploy, read from their Terraform configuration.

So the simulator runs what AWS would get: definitions, timeouts, retries, batch sizes and caps, as
the stacks and the environment's file say.
"""

from __future__ import annotations

import json
import math
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from cqrs.settings import Settings
from stacks.bindings import App
from stacks.environment.file import load
from stacks.workflow_stack import WorkflowStack
from tests.limits.dynamodb import IndexOf
from tests.limits.function import ASYNCHRONOUS_HOURS, DEFAULT_RETRIES, FunctionOf
from tests.limits.machines import Machine
from tests.limits.queues import QueueOf, QueueSourceOf
from tests.limits.streams import StreamOf

REFERENCE = re.compile(r"\$\{(?:data\.)?(\w+)\.([\w-]+)\.(\w+)\}")
RATE = re.compile(r"rate\((\d+) (second|minute|hour|day)s?\)")
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "environments"
KEPT = ROOT / ".tools" / "limits"
"""Folder of configurations, each under a name of its sources: a synthesis takes long."""

SOURCES = ("environments", "lambda_src", "stacks")


@dataclass(frozen=True, slots=True)
class ScheduleOf:
    """A schedule that invokes the function."""

    seconds: float
    event: Any


@dataclass(frozen=True)
class Deployment:
    """The resources of one environment, as Terraform would make them."""

    resources: Mapping[str, Mapping[str, Any]]

    def of(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Resources of a kind with their Terraform names."""
        yield from self.resources.get(kind, {}).items()

    @cached_property
    def settings(self) -> Settings:
        """The function's settings."""
        return Settings.from_environment(
            {name: str(self._text(value)) for name, value in self._variables.items()}
        )

    @property
    def _variables(self) -> Mapping[str, str]:
        ((_, function),) = self.of("aws_lambda_function")
        variables: Mapping[str, str] = function["environment"]["variables"]
        return variables

    def _text(self, value: Any) -> Any:
        """A value with references to resources replaced by their names or ARNs."""
        if not isinstance(value, str):
            return value

        def name(match: re.Match[str]) -> str:
            kind, key, attribute = match.groups()
            resource = self.resources.get(kind, {}).get(key, {})
            named = resource.get("name") or resource.get("function_name") or key
            service = {"aws_dynamodb_table": "dynamodb", "aws_sqs_queue": "sqs"}.get(kind, "other")
            if attribute == "stream_arn":
                return f"arn:aws:dynamodb:ap-northeast-1:1:table/{named}/stream/1"
            return (
                str(named) if attribute == "name" else f"arn:aws:{service}:ap-northeast-1:1:{named}"
            )

        return REFERENCE.sub(name, value)

    def machines(self) -> Iterator[Machine]:
        """The state machines."""
        base = self.settings.command_state_machine_arn.rpartition(":")[0]
        for _, machine in self.of("aws_sfn_state_machine"):
            yield Machine(
                machine["name"],
                f"{base}:{machine['name']}",
                json.loads(machine["definition"]),
                machine.get("type") == "EXPRESS",
            )

    def function(self) -> FunctionOf:
        """The function."""
        ((_, function),) = self.of("aws_lambda_function")
        recursion = [one for _, one in self.of("aws_lambda_function_recursion_config")]
        later = [one for _, one in self.of("aws_lambda_function_event_invoke_config")]
        config = later[0] if later else {}
        reserved = function.get("reserved_concurrent_executions")
        return FunctionOf(
            memory_mb=function["memory_size"],
            timeout_seconds=function["timeout"],
            reserved_concurrency=None if reserved in {None, -1} else reserved,
            is_recursion_allowed=any(one["recursive_loop"] == "Allow" for one in recursion),
            asynchronous_retries=config.get("maximum_retry_attempts", DEFAULT_RETRIES),
            asynchronous_age_seconds=config.get(
                "maximum_event_age_in_seconds", ASYNCHRONOUS_HOURS * 3600
            ),
        )

    def tables(self) -> Iterator[tuple[str, list[IndexOf], bool]]:
        """Names of the tables, their indexes, and whether they have a stream."""
        for _, table in self.of("aws_dynamodb_table"):
            indexes = [
                IndexOf(
                    index["name"],
                    index["hash_key"],
                    index["range_key"],
                    frozenset(index.get("non_key_attributes", ())),
                )
                for index in table.get("global_secondary_index", ())
            ]
            yield table["name"], indexes, bool(table.get("stream_enabled"))

    def queues(self) -> Iterator[QueueOf]:
        """The queues, dead-letter queues among them."""
        for _, queue in self.of("aws_sqs_queue"):
            redrive = json.loads(queue.get("redrive_policy", "{}"))
            yield QueueOf(
                queue["name"],
                f"arn:aws:sqs:ap-northeast-1:1:{queue['name']}",
                queue.get("visibility_timeout_seconds", 30),
                queue.get("delay_seconds", 0),
                redrive.get("maxReceiveCount", 1_000_000),
                redrive.get("deadLetterTargetArn", "").rpartition(":")[2],
            )

    def streams(self) -> Iterator[tuple[str, StreamOf]]:
        """The event source mappings of streams, by their tables."""
        for _, mapping in self.of("aws_lambda_event_source_mapping"):
            source = self._text(mapping["event_source_arn"])
            if ":table/" not in source:
                continue
            destination = mapping["destination_config"]["on_failure"]["destination_arn"]
            filters = mapping.get("filter_criteria", {}).get("filter", ())
            yield (
                source.partition(":table/")[2].partition("/")[0],
                StreamOf(
                    source,
                    tuple(json.loads(one["pattern"]) for one in filters),
                    mapping["batch_size"],
                    mapping.get("parallelization_factor", 1),
                    _or_unlimited(mapping.get("maximum_retry_attempts")),
                    _or_unlimited(mapping.get("maximum_record_age_in_seconds")),
                    self._text(destination).rpartition(":")[2],
                ),
            )

    def queue_sources(self) -> Iterator[tuple[str, QueueSourceOf]]:
        """The event source mappings of queues, by their queues."""
        for _, mapping in self.of("aws_lambda_event_source_mapping"):
            source = self._text(mapping["event_source_arn"])
            if ":table/" in source:
                continue
            scaling = mapping.get("scaling_config", {})
            if isinstance(scaling, list):
                scaling = scaling[0]
            yield (
                source.rpartition(":")[2],
                QueueSourceOf(mapping["batch_size"], scaling.get("maximum_concurrency")),
            )

    def event_patterns(self) -> Iterator[Mapping[str, Any]]:
        """Patterns of the events that go to the function."""
        for _, rule in self.of("aws_cloudwatch_event_rule"):
            if "event_pattern" in rule:
                yield json.loads(rule["event_pattern"])

    def schedules(self) -> Iterator[ScheduleOf]:
        """Schedules that invoke the function at a rate."""
        for _, schedule in self.of("aws_scheduler_schedule"):
            match = RATE.fullmatch(schedule["schedule_expression"])
            if match:
                given = json.loads(schedule["target"].get("input", "{}"))
                yield ScheduleOf(int(match[1]) * SECONDS[match[2]], given)


def _or_unlimited(given: int | None) -> float:
    """A limit of an event source mapping, of which -1 is none, as is the default."""
    return math.inf if given in {None, -1} else float(given)


@lru_cache
def deployed(name: str, addition: str = "") -> Deployment:
    """Synthesise an environment of the project's, with an addition to its file."""
    kept = KEPT / f"{name}-{_key(addition)}.json"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        written = _synthesised(name, addition)
        # Another process may do the same at this moment.
        beside = kept.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps(written["resource"]))
        beside.replace(kept)
    return Deployment(json.loads(kept.read_text()))


def _key(addition: str) -> str:
    """Names the sources as they are."""
    sources = sha256(addition.encode())
    for folder in SOURCES:
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix in {".py", ".toml"}:
                sources.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return sources.hexdigest()[:20]


def _synthesised(name: str, addition: str) -> Any:
    with tempfile.TemporaryDirectory(prefix="limits-") as given:
        folder = Path(given)
        for file in FOLDER.glob("*.toml"):
            text = file.read_text()
            (folder / file.name).write_text(text + addition if file.stem == name else text)
        environment = load(name, folder, variables={})
        app = App(outdir=str(folder))
        package = folder / "function.zip"
        zipfile.ZipFile(package, "w").close()
        WorkflowStack(app, environment, package=package, state_folder=folder)
        app.synth()
        return json.loads((folder / "stacks" / name / "cdk.tf.json").read_text())
