"""The loads under which the promises are checked."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from cqrs.application import Application
from cqrs.commands.models import PublishResult
from cqrs.commands.service import CommandService
from cqrs.errors import CqrsError
from cqrs.healing import healer
from cqrs.imports.models import ImportedItem, ProcessingMode, PublishMode
from tests.limits.account import Account
from tests.limits.bounds import Bound
from tests.limits.clock import Job
from tests.limits.deployment import Deployment, deployed
from tests.limits.promises import Watch, broken_for_commands, broken_for_import
from tests.limits.quotas import quotas_of

SAMPLE_SECONDS = 60.0
FIRST_SAMPLE_SECONDS = 5.0
"""How often the backlog is looked at, and how often in the first ten minutes."""

HOUR = 3600.0
TEN_MINUTES = 600.0
SHORTLY = 10.0
"""An import is under way by then, and not over."""

LEAST_OF_HEALER = 4
"""A run gives each of four kinds of work its share."""

PROCESSES = 16
"""Processes that publish, each with clients of its own."""

LONGEST_CALL = 0.1
"""Seconds within which a publisher that dies does so."""

TARGET = "rows"
TENANT = "acme"


@dataclass(frozen=True, slots=True)
class Away:
    """A time in which a service refuses everything."""

    service: str
    start: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A load.

    Attributes
    ----------
    name
        As ``--case`` names it.
    account
        Whose quotas.
    scale
        The number that quotas and rates of the load are divided by.
    environment, addition
        The environment's file, and what is added to it.
    patience_seconds
        How long after the load the backlog may take to drain.
    away
        Times in which services refuse everything.
    bounds
        Figures that it may not exceed.
    change
        Changes the deployment, as mutations do.
    """

    name: str
    account: str = "tokyo"
    scale: float = 1.0
    environment: str = "prod"
    addition: str = ""
    patience_seconds: float = 24 * HOUR
    away: tuple[Away, ...] = ()
    bounds: tuple[Bound, ...] = ()
    change: Callable[[Deployment], Deployment] = field(default=lambda deployment: deployment)

    def run(self, seed: int) -> Result:
        """Run it, and check the promises."""
        quotas = quotas_of(self.account).divided(self.scale)
        account = Account(
            self.change(deployed(self.environment, self.addition)), quotas, seed, self.register
        )
        watch = Watch(account)
        with account.at_work(), _healer_divided(self.scale):
            for away in self.away:
                account.put_away(away.service, away.start, away.seconds)
            load = self.begin(account)
            account.begin_schedules(load.seconds + self.patience_seconds)
            _follow(account, watch, load, self.patience_seconds)
            result = Result(self, seed, account, watch, load)
            result.broken = load.broken(account, watch)
            result.broken += [told for one in self.bounds for told in one.broken(account, watch)]
        return result

    def register(self, application: Application) -> None:
        """Register the application's handlers; none by default."""

    def begin(self, account: Account) -> Load:
        """Begin the load."""
        raise NotImplementedError


@contextmanager
def _healer_divided(scale: float) -> Iterator[None]:
    """Divide what a run of the healer may do, as quotas and load are divided."""
    names = ("MOST_LOOKS", "MOST_MENDED", "MOST_BEGUN")
    kept = {name: getattr(healer, name) for name in names}
    try:
        for name, most in kept.items():
            setattr(healer, name, max(LEAST_OF_HEALER, round(most / scale)))
        yield
    finally:
        for name, most in kept.items():
            setattr(healer, name, most)


@dataclass(slots=True, eq=False)
class Load:
    """A load while it runs.

    Attributes
    ----------
    seconds
        How long it goes on.
    is_over
        Whether all of it has been offered.
    """

    seconds: float
    broken: Callable[[Account, Watch], list[str]]
    offered: int = 0
    accepted: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    is_over: bool = False


@dataclass(slots=True, eq=False)
class Result:
    """How a case went."""

    case: Case
    seed: int
    account: Account
    watch: Watch
    load: Load
    broken: list[str] = field(default_factory=list)


def _follow(account: Account, watch: Watch, load: Load, patience: float) -> None:
    """Let time pass until nothing is left to do, or nobody would wait longer."""
    clock, looked = account.clock, 0.0
    while looked < load.seconds + patience:
        step = FIRST_SAMPLE_SECONDS if looked < TEN_MINUTES else SAMPLE_SECONDS
        looked += step
        clock.run(looked)
        clock.now = looked
        account.tally.series.append(
            (
                clock.now,
                {
                    "waiting": account.waiting,
                    "executions": account.step_functions.running
                    + len(account.step_functions.running_express),
                    "invocations": account.function.running,
                },
            )
        )
        if load.is_over and not account.waiting and not watch.under_way:
            # The end of an execution may be reported a moment later.
            looked += SAMPLE_SECONDS
            clock.run(looked)
            clock.now = looked
            if not account.waiting:
                return


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands(Case):
    """Commands of many items arrive by chance, at a rate.

    Attributes
    ----------
    rate
        Commands a second.
    seconds
        For how long.
    items, tenants
        Of how many items of how many tenants.
    text_bytes
        Length of the longest attribute.
    """

    rate: float
    seconds: float
    items: int = 1_000_000
    tenants: int = 64
    text_bytes: int = 200

    def begin(self, account: Account) -> Load:
        published: dict[tuple[str, str], int] = {}
        load = Load(
            self.seconds, lambda account, watch: broken_for_commands(account, watch, published)
        )
        applications = itertools.cycle([account.application() for _ in range(PROCESSES)])
        clock = account.clock
        items = max(1, round(self.items / self.scale))

        def publish() -> None:
            number = clock.random.randrange(items)
            key = f"ORDER#tenant{number % self.tenants}", f"ORDER#{number:07d}"
            application = next(applications)
            load.offered += 1
            try:
                done = self.publish(
                    application.commands,
                    key,
                    {"number": load.offered, "text": "x" * self.text_bytes},
                )
            except CqrsError as error:
                name = type(error).__name__
                load.refused[name] = load.refused.get(name, 0) + 1
            else:
                load.accepted += 1
                published[key] = max(published.get(key, 0), done.key.version)

        def arrive() -> None:
            if clock.now >= self.seconds:
                load.is_over = True
                return
            self.attend(account, clock.job(publish))
            clock.at(clock.random.expovariate(self.rate / self.scale), arrive)

        clock.at(0.0, arrive)
        return load

    def publish(
        self, commands: CommandService, key: tuple[str, str], attributes: dict[str, Any]
    ) -> PublishResult:
        """Publish a command."""
        return commands.publish(*key, name="order", attributes=attributes)

    def attend(self, account: Account, publisher: Job) -> None:
        """Look after a process that publishes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DyingPublishers(Commands):
    """Publishers apply their commands by themselves, and some die in the midst of it.

    Attributes
    ----------
    dying
        The share of them that does.
    """

    dying: float

    def register(self, application: Application) -> None:
        application.sync_handler("count")(lambda _command: time.sleep(LONGEST_CALL / 2))

    def publish(
        self, commands: CommandService, key: tuple[str, str], attributes: dict[str, Any]
    ) -> PublishResult:
        return commands.publish_sync(*key, name="order", attributes=attributes)

    def attend(self, account: Account, publisher: Job) -> None:
        clock = account.clock
        if clock.random.random() < self.dying:
            clock.at(clock.random.uniform(0.0, LONGEST_CALL), lambda: clock.kill(publisher))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain(Case):
    """Versions of one item, published one right after the other."""

    versions: int

    def begin(self, account: Account) -> Load:
        key = "ORDER#acme", "ORDER#1"
        published = {key: self.versions}
        load = Load(0.0, lambda account, watch: broken_for_commands(account, watch, published))
        application = account.application()

        def publish_all() -> None:
            while load.accepted < self.versions:
                load.offered += 1
                try:
                    application.commands.publish(
                        *key, name="order", attributes={"number": load.accepted}
                    )
                    load.accepted += 1
                except CqrsError as error:
                    name = type(error).__name__
                    load.refused[name] = load.refused.get(name, 0) + 1
                    account.clock.sleep(1.0)
            load.is_over = True

        account.clock.job(publish_all)
        return load


class RowStrategy:
    """Takes every row as it is."""

    columns = ("code", "city", "runways")

    def transform(self, row: Mapping[str, str]) -> ImportedItem:
        """Make an item of a row."""
        return ImportedItem(
            "PLACE", row["code"], row["city"], {"city": row["city"], "runways": row["runways"]}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Import(Case):
    """A file of one tenant is imported.

    Attributes
    ----------
    rows
        Of the file; divided by the scale.
    mode
        How it is worked off.
    """

    rows: int
    mode: ProcessingMode = ProcessingMode.STEP_FUNCTION
    publish_mode: PublishMode = PublishMode.SYNC

    def register(self, application: Application) -> None:
        application.import_strategy(TARGET)(RowStrategy)

    def begin(self, account: Account) -> Load:
        rows = round(self.rows / self.scale)
        lines = (f"P{number:07d},City {number % 997},{number % 9}" for number in range(rows))
        bucket = account.deployment.settings.bucket
        account.objects.put_object(
            Bucket=bucket, Key="in.csv", Body="\n".join(["code,city,runways", *lines, ""]).encode()
        )
        application = account.application()
        made: list[Any] = []

        def job() -> Any:
            found: list[Any] = []
            account.clock.job(lambda: found.append(application.imports.get(made[0])))
            account.clock.run(account.clock.now + SAMPLE_SECONDS)
            return found[0] if found else None

        load = Load(
            0.0,
            lambda account, watch: broken_for_import(
                account, watch, job(), rows, may_repeat=bool(self.away)
            ),
            offered=rows,
        )

        def make() -> None:
            made.append(
                application.imports.create_csv_import(
                    bucket, "in.csv", TARGET, TENANT, self.mode, self.publish_mode
                )
            )
            load.accepted = rows
            load.is_over = True

        account.clock.job(make)
        return load


TOKYO, NEW_ACCOUNT = "tokyo", "new-account"

TEN_TIMES = {TOKYO: 1_140.0, NEW_ACCOUNT: 240.0}
"""Ten times the commands a second that the standard lane of an account carries. In Tokyo 800
transitions a second limit them, at seven for a command. In a new account ten calls at a time do: a
backlog shrinks by 24 a second there.
"""

STEADY = {TOKYO: 100.0, NEW_ACCOUNT: 50.0}
"""Commands a second while a service is away."""

EXPRESS = '\n[command]\nlane = "express"\n'
"""Added to the environments of cases in the Express lane."""

EXPRESS_SUSTAINED = {TOKYO: 1_000.0, NEW_ACCOUNT: 20.0}
"""Commands a second that the Express lane carries for long."""

FIRST_VERSIONS = {TOKYO: 60.0, NEW_ACCOUNT: 8.0}
"""Commands a second that each account carries at ease."""

AT_ONCE = {NEW_ACCOUNT: "max_concurrency = 5\n"}
"""Accounts that cannot work on fifty batches at a time, with what their environments say then."""


def _batch_of(rows: int, account: str) -> str:
    more = AT_ONCE.get(account, "")
    return f"\n[import_csv]\nmax_items_per_batch = {rows}\n{more}"


def _imports(account: str) -> list[Case]:
    found: list[Case] = []
    # An account that works on ten calls at a time cannot be divided by ten.
    least = 5.0 if account == NEW_ACCOUNT else 10.0
    for rows, scale in ((20_000, 1.0), (100_000, 1.0), (1_000_000, least)):
        found += [
            Import(
                name=f"import-{rows}-batch-{batch}",
                account=account,
                rows=rows,
                scale=scale,
                addition=_batch_of(batch, account),
            )
            for batch in (10, 100)
        ]
        found.append(
            Import(
                name=f"import-{rows}-direct",
                account=account,
                rows=rows,
                scale=scale,
                mode=ProcessingMode.DIRECT,
            )
        )
    return found


def _commands(account: str) -> list[Case]:
    """Loads of commands, which either lane carries."""
    return [
        *(
            Commands(
                name=name,
                account=account,
                rate=TEN_TIMES[account],
                seconds=seconds,
                scale=5.0 if account == NEW_ACCOUNT else 200.0,
            )
            for name, seconds in (("overload", HOUR), ("overload-quarter", HOUR / 4))
        ),
        Chain(name="chain", account=account, versions=10_000),
        *(
            Commands(
                name=f"{service}-away",
                account=account,
                rate=STEADY[account],
                seconds=2 * TEN_MINUTES,
                scale=5.0 if account == NEW_ACCOUNT else 40.0,
                away=(Away(service, TEN_MINUTES / 2, TEN_MINUTES),),
            )
            for service in ("lambda", "dynamodb")
        ),
    ]


def _steady(account: str) -> Commands:
    """First versions at a rate that every lane carries: what a command costs."""
    return Commands(
        name="first-versions",
        account=account,
        rate=FIRST_VERSIONS[account],
        seconds=TEN_MINUTES,
        scale=5.0 if account == NEW_ACCOUNT else 20.0,
        items=1_000_000_000,
    )


def _express(account: str) -> list[Case]:
    """The same in the Express lane, and a load that it carries for half an hour."""
    sustained = Commands(
        name="sustained",
        account=account,
        rate=EXPRESS_SUSTAINED[account],
        seconds=HOUR / 2,
        scale=5.0 if account == NEW_ACCOUNT else 200.0,
    )
    cases = [sustained, _steady(account), *_commands(account)]
    return [replace(case, name=f"express-{case.name}", addition=EXPRESS) for case in cases]


def _cases(account: str) -> Sequence[Case]:
    return [
        _steady(account),
        *_commands(account),
        *_express(account),
        *_imports(account),
        *(
            Import(
                name=f"import-{service}-away",
                account=account,
                rows=20_000,
                addition=_batch_of(10, account),
                away=(Away(service, SHORTLY, TEN_MINUTES),),
            )
            for service in ("lambda", "dynamodb")
        ),
    ]


CASES: tuple[Case, ...] = tuple(
    replace(case, name=f"{case.account}-{case.name}")
    for account in (TOKYO, NEW_ACCOUNT)
    for case in _cases(account)
)


def find(name: str) -> Case:
    """The case of a name.

    Raises
    ------
    KeyError
        If there is none.
    """
    return {case.name: case for case in CASES}[name]
