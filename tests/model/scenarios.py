"""The beginning of a run: who publishes what, and what may go wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from cqrs.commands.models import LATEST
from cqrs.states import Lane
from tests.model.faults import Fault
from tests.model.program import TENANT

PK = f"ITEM#{TENANT}"
ALL_FAULTS = frozenset(Fault)
OF_PUBLISHERS = frozenset(
    {Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.RAISE, Fault.REPEAT, Fault.BUSY}
)
ANSWERED = ALL_FAULTS - {Fault.REPEAT, Fault.BUSY, Fault.OVERDUE}
"""Without the faults of single requests that are made again, and without executions that time out,
which have scenarios of their own."""

SYNCHRONOUS = frozenset({"publish_sync", "publish_partial_update_sync"})
"""Methods that apply what they publish."""

Poison = tuple[str, int]
"""Item and version at which the recording handler raises until it is mended."""


@dataclass(frozen=True, slots=True)
class Publish:
    """A call of the command service."""

    item: str
    version: int = LATEST
    method: str = "publish"
    says: str = ""
    """The new version's text; by default one that no other version has."""

    def arguments(self, identity: str) -> Mapping[str, Any]:
        """Arguments of the call."""
        said = self.attributes(identity)
        return {"pk": PK, "sk": self.item, "version": self.version, "attributes": said}

    def attributes(self, identity: str) -> Mapping[str, Any]:
        """The new version's attributes."""
        return {"says": self.says or identity}


@dataclass(frozen=True, slots=True)
class Retry:
    """A call of the repair service, once the recording handler has been mended."""

    item: str
    version: int
    method: str = "retry"

    def arguments(self, _identity: str) -> Mapping[str, Any]:
        """Arguments of the call."""
        return {"pk": PK, "base": self.item, "version": self.version}


Publisher = tuple[Publish | Retry, ...]
"""Calls that one process makes, each after the one before."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """The beginning of a run.

    Attributes
    ----------
    before
        Published in this order before anything else happens.
    ended
        Commands of these, such as ``A@1``, that are applied or fail before anything else happens.
    publishers
        Publish while all else happens.
    poison
        Commands that the recording handler refuses until it is mended.
    is_mended
        Whether a retry comes after the handler was mended.
    kinds, faults
        The faults that may happen, and how often altogether.
    synchronous_crashes
        Whether publish_sync may crash: applied in its caller's process, a command has nobody else
        to take it up, until it is retried.
    is_repaired
        Whether somebody retries in the end what such crashes have left.
    ttl_days
        Days that commands are kept; 0 is for ever.
    lanes
        The lane of commands, and the one that an environment changes to at some moment, if it does.
    """

    name: str
    before: Publisher = ()
    ended: tuple[str, ...] = field(default=(), kw_only=True)
    publishers: tuple[Publisher, ...] = ()
    poison: frozenset[Poison] = frozenset()
    is_mended: bool = True
    kinds: frozenset[Fault] = ANSWERED
    faults: int = 0
    ttl_days: int = 0
    synchronous_crashes: bool = False
    is_repaired: bool = False
    lanes: tuple[Lane, ...] = (Lane.STANDARD,)
    items: tuple[str, ...] = field(init=False)
    retries: bool = field(init=False)

    def __post_init__(self) -> None:
        calls = [*self.before, *(call for publisher in self.publishers for call in publisher)]
        object.__setattr__(self, "items", tuple(sorted({call.item for call in calls})))
        object.__setattr__(self, "retries", any(isinstance(call, Retry) for call in calls))


def chain(item: str, versions: int) -> Publisher:
    """One version after the other, each on the one before."""
    return tuple(Publish(item, version) for version in range(versions))


def two_versions(faults: int = 1) -> Iterator[Scenario]:
    """Two versions of one item, mostly published while all else happens."""
    both = (chain("A", 2),)
    yield Scenario("two versions", publishers=both, faults=faults)
    yield Scenario(
        "two versions, the first fails",
        publishers=both,
        poison=frozenset({("A", 1)}),
        faults=faults,
    )
    yield Scenario(
        "two publishers, one version", publishers=(chain("A", 1), chain("A", 1)), faults=faults
    )
    yield Scenario(
        "two publishers, the latest version",
        publishers=((Publish("A"),), (Publish("A"),)),
        faults=faults,
    )
    yield Scenario("two versions that expire", before=chain("A", 2), faults=faults, ttl_days=1)
    yield Scenario(
        "a synchronous command after an asynchronous one",
        publishers=((Publish("A", 0), Publish("A", 1, "publish_sync")),),
        faults=faults,
    )
    yield Scenario(
        "an asynchronous command after a synchronous one",
        publishers=((Publish("A", 0, "publish_sync"),), (Publish("A", 1),)),
        faults=faults,
    )


def three_versions(faults: int = 1) -> Iterator[Scenario]:
    """Three versions of one item, published before all else happens."""
    yield Scenario("three versions", before=chain("A", 3), faults=faults)
    for version in (1, 2):
        yield Scenario(
            f"three versions, number {version} fails",
            before=chain("A", 3),
            poison=frozenset({("A", version)}),
            faults=faults,
        )
    yield Scenario(
        "three versions, the second synchronous",
        publishers=((Publish("A", 0), Publish("A", 1, "publish_sync"), Publish("A", 2)),),
        faults=faults,
    )


def more_faults() -> Iterator[Scenario]:
    """One version, or two, and several faults."""
    one, two = chain("A", 1), chain("A", 2)
    yield Scenario("one version, three faults", before=one, faults=3)
    yield Scenario("one version that expires, three faults", before=one, faults=3, ttl_days=1)
    yield Scenario(
        "one version, six crashes", before=one, faults=6, kinds=frozenset({Fault.CRASH_AFTER})
    )
    yield Scenario("two versions, two faults", before=two, faults=2)


def published_again() -> Iterator[Scenario]:
    """Publishing goes on after commands have expired."""
    yield Scenario(
        "published again after it expired",
        before=chain("A", 1),
        publishers=((Publish("A", 0),),),
        faults=1,
        ttl_days=1,
    )
    yield Scenario(
        "published later, when the one before may have expired",
        before=chain("A", 2),
        publishers=((Publish("A", 1), Publish("A", 2)),),
        faults=2,
        kinds=frozenset({Fault.EXPIRE}),
        ttl_days=1,
    )


def retried() -> Iterator[Scenario]:
    """Failed commands are retried, at any moment."""
    first, second = frozenset({("A", 1)}), frozenset({("A", 2)})
    one, two, retry = chain("A", 1), chain("A", 2), (Retry("A", 1),)
    yield Scenario("one version fails and is retried", one, (retry,), first, faults=1)
    yield Scenario(
        "two versions, the first has failed and is retried, and answers get lost",
        two,
        (retry,),
        first,
        ended=("A@1", "A@2"),
        kinds=frozenset({Fault.REPEAT}),
        faults=3,
    )
    yield Scenario(
        "one version has failed and two retry it",
        one,
        (retry, retry),
        first,
        ended=("A@1",),
        kinds=frozenset({Fault.CRASH_AFTER, Fault.REPEAT}),
        faults=2,
    )
    yield Scenario("one version fails and is retried twice", one, (retry, retry), first)
    yield Scenario("two versions, the first fails and is retried", two, (retry,), first)
    yield Scenario(
        "two versions, the first has failed and is retried, and a check crashes",
        two,
        (retry,),
        first,
        ended=("A@1",),
        kinds=frozenset({Fault.CRASH_AFTER}),
        faults=1,
    )
    yield Scenario("two versions, the second fails and is retried", two, (retry,), second)
    yield Scenario(
        "one version fails again and again, retried twice",
        one,
        (retry, retry),
        first,
        is_mended=False,
    )
    yield Scenario(
        "a synchronous command is retried while its publisher applies it",
        publishers=((Publish("A", 0, "publish_sync"),), (Retry("A", 1), Publish("A", 1))),
        faults=1,
    )
    yield Scenario(
        "one version is stopped and retried",
        one,
        (retry,),
        kinds=frozenset({Fault.STOP}),
        faults=2,
    )


def lined_up() -> Iterator[Scenario]:
    """So many versions that some are left to the ends of those before them."""
    first, second = frozenset({("A", 1)}), frozenset({("A", 2)})
    three, four, retry = chain("A", 3), chain("A", 4), (Retry("A", 1),)
    again, crash, overdue = Fault.DUPLICATE, Fault.CRASH_AFTER, Fault.OVERDUE

    def kinds(*faults: Fault) -> frozenset[Fault]:
        return frozenset(faults)

    yield Scenario("five versions", before=chain("A", 5))
    yield Scenario("four versions, and records come again", four, kinds=kinds(again), faults=1)
    yield Scenario("four versions, and processes die", four, kinds=kinds(crash), faults=1)
    yield Scenario("four versions, the second fails", four, poison=second)
    yield Scenario(
        "three versions that expire", three, kinds=kinds(Fault.EXPIRE), faults=1, ttl_days=1
    )
    yield Scenario(
        "three versions, and an execution times out",
        three,
        kinds=kinds(overdue),
        faults=1,
    )
    yield Scenario(
        "one version, its executions time out and processes die",
        chain("A", 1),
        kinds=kinds(overdue, crash),
        faults=3,
    )
    yield Scenario(
        "three versions have failed and are retried",
        three,
        (retry,),
        first,
        ended=("A@1", "A@2", "A@3"),
    )


def synchronous() -> Iterator[Scenario]:
    """A publisher applies what it publishes, beside others, and its requests are repeated."""

    def lost(name: str, *publishers: Publisher, faults: int = 1, **given: Any) -> Scenario:
        return Scenario(
            name,
            publishers=publishers,
            kinds=OF_PUBLISHERS,
            faults=faults,
            synchronous_crashes=True,
            is_repaired=True,
            **given,
        )

    first, latest = Publish("A", 0, "publish_sync"), Publish("A", method="publish_sync")
    same = replace(latest, says="the same")
    yield lost("one synchronous version", (first,), faults=3)
    yield lost("one synchronous version, the latest", (latest,), faults=3)
    yield lost("one synchronous version that fails", (first,), poison=frozenset({("A", 1)}))
    yield lost("two synchronous publishers, one version", (first,), (first,), faults=2)
    yield lost("two synchronous publishers, the latest version", (latest,), (latest,))
    yield lost("two synchronous publishers that say the same", (same,), (same,), faults=2)
    yield lost("a synchronous publisher beside an execution", (latest,), (Publish("A"),))
    yield lost(
        "a synchronous version behind an execution",
        (Publish("A", 0), Publish("A", 1, "publish_sync")),
        faults=2,
    )
    yield lost("an execution behind a synchronous version", (first,), (Publish("A", 1),))
    yield lost(
        "a synchronous publisher says what was said before",
        (same,),
        before=(replace(same, method="publish"), Publish("A")),
    )


EXPRESS_FAULTS = frozenset(
    {
        Fault.CRASH_BEFORE,
        Fault.CRASH_AFTER,
        Fault.STRAGGLE,
        Fault.RAISE,
        Fault.DUPLICATE,
        Fault.DOUBLE,
        Fault.OVERDUE,
    }
)


def express() -> Iterator[Scenario]:
    """Executions that cannot wait, may run twice, and may die without a word."""

    def in_lane(name: str, *given: Any, **more: Any) -> Scenario:
        defaults = {"kinds": EXPRESS_FAULTS, "is_repaired": True, "lanes": (Lane.EXPRESS,)}
        return Scenario(f"express: {name}", *given, **{**defaults, **more})

    first, second = frozenset({("A", 1)}), frozenset({("A", 2)})
    one, two, three, retry = chain("A", 1), chain("A", 2), chain("A", 3), (Retry("A", 1),)
    twice = frozenset({Fault.DOUBLE})
    dying = frozenset({Fault.DOUBLE, Fault.OVERDUE})
    yield in_lane("two versions", publishers=(two,), faults=1)
    yield in_lane("two versions, the first fails", publishers=(two,), poison=first, faults=1)
    yield in_lane("one version, two faults", one, faults=2)
    yield in_lane("two versions, executions die and run twice", two, kinds=dying, faults=2)
    yield in_lane("three versions, executions run twice", three, kinds=twice, faults=1)
    yield in_lane(
        "three versions, and records come again",
        three,
        kinds=frozenset({Fault.DUPLICATE}),
        faults=1,
    )
    yield in_lane("three versions", three, faults=1)
    yield in_lane("three versions, the second fails", three, poison=second, kinds=dying, faults=1)
    yield in_lane("four versions", chain("A", 4))
    yield in_lane("four versions, the second fails", chain("A", 4), poison=second)
    yield in_lane("one version fails and is retried", one, (retry,), first, kinds=dying, faults=1)
    yield in_lane(
        "one version has failed and is retried",
        one,
        (retry,),
        first,
        ended=("A@1",),
        kinds=dying,
        faults=1,
    )
    yield in_lane(
        "three versions have failed and are retried",
        three,
        (retry,),
        first,
        ended=("A@1", "A@2", "A@3"),
    )
    yield in_lane(
        "two versions that expire", two, kinds=dying | {Fault.EXPIRE}, faults=2, ttl_days=1
    )
    yield in_lane(
        "a synchronous command after an asynchronous one",
        publishers=((Publish("A", 0), Publish("A", 1, "publish_sync")),),
        faults=1,
    )
    for lanes in (tuple(Lane), tuple(reversed(Lane))):
        name = f"from {lanes[0]} to {lanes[1]}"
        yield in_lane(f"three versions, {name}", three, lanes=lanes)
        yield in_lane(f"two versions, {name}", two, lanes=lanes, faults=1)


def publishing() -> list[Scenario]:
    """Scenarios in which publishers meet all else."""
    return [*two_versions(), *published_again()]


def exhaustive() -> list[Scenario]:
    """All scenarios of which every schedule is followed."""
    return [
        *two_versions(),
        *three_versions(),
        *more_faults(),
        *published_again(),
        *retried(),
        *lined_up(),
        *synchronous(),
        *express(),
    ]


METHODS = ("publish", "publish_sync", "publish_sync", "publish_partial_update_sync")
SIZES = ((1, 2), (1, 3), (1, 3), (1, 3), (2, 2), (2, 2), (1, 4), (2, 3), (1, 6))
LARGE = ((3, 6),)
LARGE_SHARE = 0.03
RETRY_SHARE = 0.25
SYNCHRONOUS_SHARE = 0.25
LANES = (
    *[(Lane.STANDARD,)] * 5,
    *[(Lane.EXPRESS,)] * 3,
    (Lane.STANDARD, Lane.EXPRESS),
    (Lane.EXPRESS, Lane.STANDARD),
)


def randomised(random: Random) -> Scenario:
    """Any number of items, versions, publishers and faults, a few of them large, in any lane."""
    scenario, lanes = _randomised(random), random.choice(LANES)
    if lanes == (Lane.STANDARD,):
        return scenario
    # The healer belongs to the Express lane, as nobody reports an execution that has died.
    return replace(
        scenario, name=f"{scenario.name}, {'-'.join(lanes)}", lanes=lanes, is_repaired=True
    )


def _randomised(random: Random) -> Scenario:
    if random.random() < SYNCHRONOUS_SHARE:
        return _any_synchronous(random)
    large = random.random() < LARGE_SHARE
    items, versions = random.choice(LARGE if large else SIZES)
    names = "ABC"[:items]
    return Scenario(
        f"{items} x {versions}",
        publishers=(
            *(publisher for name in names for publisher in _publishers(random, name, versions)),
            *_retries(random, names, versions),
        ),
        poison=_poison(random, names, versions),
        kinds=ALL_FAULTS,
        faults=random.choice((0, 1, 1, 2, 2, 3, 3, 4, 6)),
        ttl_days=random.choice((0, 0, 0, 1)),
    )


def _publishers(random: Random, item: str, versions: int) -> list[Publisher]:
    match random.choice(("chain", "latest", "race", "mixed", "mixed")):
        case "chain":
            return [chain(item, versions)]
        case "latest":
            return [tuple(Publish(item) for _ in range(versions))]
        case "race":
            return [chain(item, versions), chain(item, versions)]
        case _:
            return [
                tuple(_any_publish(random, item) for _ in range(count))
                for count in (versions // 2, versions - versions // 2)
            ]


def _retries(random: Random, names: str, versions: int) -> list[Publisher]:
    if random.random() < RETRY_SHARE:
        return [(Retry(random.choice(names), random.randint(1, versions)),)]
    return []


def _any_publish(random: Random, item: str) -> Publish:
    method = random.choice(("publish", "publish", "publish_partial_update", "publish_sync"))
    return Publish(item, LATEST, method)


def _any_synchronous(random: Random) -> Scenario:
    """Publishers of one item, some of which apply what they publish and may die."""
    versions = random.choice((2, 2, 3, 4))
    return Scenario(
        f"1 x {versions}, synchronous",
        publishers=tuple(
            tuple(
                Publish("A", LATEST, random.choice(METHODS), random.choice(("", "", "the same")))
                for _ in range(count)
            )
            for count in (versions // 2, versions - versions // 2, 1)
        ),
        poison=_poison(random, "A", versions),
        kinds=ALL_FAULTS,
        faults=random.choice((0, 1, 2, 3, 4)),
        synchronous_crashes=True,
        is_repaired=True,
    )


def _poison(random: Random, names: str, versions: int) -> frozenset[Poison]:
    if random.random() < 0.7:
        return frozenset()
    return frozenset({(random.choice(names), random.randint(1, versions))})
