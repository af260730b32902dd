"""One run of ``make dev``: from what was saved to what is live."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from stacks.environment.model import Environment
from tooling.deployment import Deployment
from tooling.dev.definitions import Definitions, code_of_stacks, look_at_definitions
from tooling.dev.function_code import FunctionCode, Package, make_package
from tooling.dev.function_state import UNKNOWN, FunctionState
from tooling.dev.infrastructure import Infrastructure, PlannedChange
from tooling.dev.problems import Problem
from tooling.dev.report import Report, Topic
from tooling.dev.sources import Sources, code_of, read_sources
from tooling.dev.standby_synthesis import StandbySynthesis
from tooling.dev.syntax import syntax_problems
from tooling.dev.type_checks import TypeChecker
from tooling.errors import ToolingError
from tooling.last_deployment import LastDeployment

Answer = TypeVar("Answer")

AT_ONCE = 4


@dataclass
class Stopwatch:
    """How long the parts of something took, which may run side by side."""

    parts: dict[str, float] = field(default_factory=dict)
    _begin: float = field(default_factory=time.monotonic)

    def timed(self, name: str, part: Callable[[], Answer]) -> Answer:
        """Do a part, and note how long it takes."""
        begin = time.monotonic()
        try:
            return part()
        finally:
            self.parts[name] = time.monotonic() - begin

    def __str__(self) -> str:
        """All of it, and its parts."""
        parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in self.parts.items())
        return f"{time.monotonic() - self._begin:.1f} s ({parts})"


@dataclass(frozen=True)
class Workshop:
    """The tools of a session.

    Attributes
    ----------
    root
        Folder of the project.
    environment
        The environment, as it was when the session began.
    deployment, code, state, infrastructure
        The deployment, the function's code in it, Terraform's knowledge of that, and the rest.
    types
        The type checker.
    synthesis
        Writes Terraform's configuration.
    variables
        The variables that a synthesis runs under.
    """

    root: Path
    environment: Environment
    deployment: Deployment
    code: FunctionCode
    state: FunctionState
    infrastructure: Infrastructure
    types: TypeChecker
    synthesis: StandbySynthesis
    variables: Mapping[str, str]


class Session:
    """Brings what is saved into the environment.

    Parameters
    ----------
    shop
        Its tools.
    report
        Is told.
    live
        The sources that are deployed.
    """

    def __init__(self, shop: Workshop, report: Report, live: Sources) -> None:
        self._shop = shop
        self._report = report
        self._live = live
        self._seen = live
        self._digest = ""
        self._stack_code: frozenset[str] = frozenset()
        self._live_hash = UNKNOWN
        self._pool = ThreadPoolExecutor(AT_ONCE)

    def prepare(self) -> None:
        """Look at all that is there, so that the first change takes no longer than the others.

        Raises
        ------
        ToolingError
            If a program that is needed fails.
        """
        watch = Stopwatch()
        types = self._begin(watch, "types", self._shop.types.of_code)
        definitions = self._begin(watch, "definitions", self._definitions)
        modules = self._begin(watch, "stacks", lambda: code_of_stacks(self._shop.root))
        self._live_hash = self._shop.state.code_hash()
        self._digest = definitions.result().digest
        self._stack_code = modules.result()
        self._report.problems([*types.result(), *definitions.result().problems])
        self._report.line(Topic.CHECK, f"Looked at everything in {watch}.")
        self._shop.synthesis.stand_by()

    def close(self) -> None:
        """Leave Terraform knowing what is live."""
        self._pool.shutdown(wait=True)
        shop = self._shop
        # After a failure nobody knows which code is live; the next plan uploads it.
        if self._live_hash != UNKNOWN:
            shop.state.record_code(self._live_hash)
        if (
            self._live_hash != UNKNOWN
            and read_sources(shop.root, shop.environment.name) == self._live
        ):
            LastDeployment(shop.deployment, shop.environment).remember()
        self._report.line(Topic.DEV, "Ended; what was live last stays.")

    def look(self, *, again: bool) -> None:
        """Deploy what differs from what is live, if it passes the checks.

        Parameters
        ----------
        again
            Whether what was seen before is looked at again, as a file of it was saved.
        """
        now = read_sources(self._shop.root, self._shop.environment.name)
        if now == self._seen and not (again and now != self._live):
            return
        self._seen = now
        changed = now.differing_from(self._live)
        if not changed:
            self._report.line(Topic.DEV, "The sources are again what is live.")
            return
        self._report.line(Topic.DEV, f"Changed: {_listed(changed)}")
        with self._told_errors():
            self._bring_in(now, changed)

    def _bring_in(self, now: Sources, changed: Sequence[str]) -> None:
        wrong = syntax_problems(self._shop.root, changed)
        if self._is_refused(wrong):
            return
        is_of_code = len(code_of(changed)) == len(changed)
        is_planned = (
            not is_of_code
            or not self._stack_code.isdisjoint(changed)
            or self._shop.environment.function.versions == "published"
        )
        if is_planned or not self._put_code(now):
            self._put_stack(now, changed)
            self._shop.synthesis.stand_by()

    def _put_code(self, now: Sources) -> bool:
        """Deploy the function's code; False if the stack would change with it."""
        watch = Stopwatch()
        types = self._begin(watch, "types", self._shop.types.of_code)
        definitions = self._begin(watch, "definitions", self._definitions)
        packaged = self._begin(watch, "package", self._package)
        forgotten = self._begin(watch, "state", self._shop.state.forget_code)
        found = definitions.result()
        is_refused = self._is_refused([*types.result(), *found.problems])
        forgotten.result()
        if is_refused:
            return True
        package = packaged.result()
        if found.digest != self._digest:
            return False
        self._live_hash = UNKNOWN
        watch.timed("upload", lambda: self._shop.code.put(package))
        self._live, self._live_hash = now, package.code_hash
        self._report.line(Topic.CODE, f"Live in {watch}.")
        # Somebody may have deployed meanwhile, and then the state knows the code of that.
        self._shop.state.drop()
        self._shop.state.forget_code()
        return True

    def _put_stack(self, now: Sources, changed: Sequence[str]) -> None:
        watch = Stopwatch()
        types = self._begin(watch, "types", lambda: self._type_problems(changed))
        definitions = self._begin(watch, "definitions", self._definitions)
        planned = self._pool.submit(self._planned, watch, changed)
        with self._report.under_way(Topic.STACK, "Planning what differs"):
            found = definitions.result()
            if self._is_refused([*types.result(), *found.problems]):
                wait([planned])
                return
            changes = planned.result()
        self._report.lines(Topic.STACK, [str(change) for change in changes])
        before, self._live_hash = self._live_hash, UNKNOWN
        if changes and not watch.timed("apply", lambda: self._shop.infrastructure.apply(changes)):
            self._live_hash = before
            self._report.line(Topic.STACK, "Nothing is deployed.")
            return
        self._shop.state.drop()
        self._live, self._digest = now, found.digest
        self._live_hash = self._shop.state.code_hash()
        said = f"{len(changes)} applied" if changes else "No change"
        self._report.line(Topic.STACK, f"{said} in {watch}.")

    def _type_problems(self, changed: Sequence[str]) -> list[Problem]:
        """Errors of all types; an environment's file has none."""
        has_code = any(path.endswith(".py") for path in changed)
        return self._shop.types.of_all() if has_code else []

    def _planned(self, watch: Stopwatch, changed: Sequence[str]) -> list[PlannedChange]:
        watch.timed("synth", lambda: self._shop.synthesis.synthesise(changed))
        return watch.timed("plan", self._shop.infrastructure.plan)

    def _is_refused(self, problems: Sequence[Problem]) -> bool:
        if problems:
            self._report.problems(sorted(set(problems)))
            self._report.line(Topic.CHECK, "Nothing is deployed; what was live before still is.")
        return bool(problems)

    def _definitions(self) -> Definitions:
        shop = self._shop
        return look_at_definitions(shop.root, shop.environment.name, shop.variables)

    def _package(self) -> Package:
        return make_package(self._shop.environment.dialect, sql=self._shop.environment.has_sql)

    def _begin(self, watch: Stopwatch, name: str, part: Callable[[], Answer]) -> "Future[Answer]":
        return self._pool.submit(watch.timed, name, part)

    @contextmanager
    def _told_errors(self) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            yield
        except (ToolingError, BotoCoreError, ClientError) as error:
            self._report.error(Topic.DEV, f"{error} Save again to repeat.")


def _listed(paths: Sequence[str], shown: int = 4) -> str:
    more = f" and {len(paths) - shown} more" if len(paths) > shown else ""
    return f"{', '.join(paths[:shown])}{more}"
