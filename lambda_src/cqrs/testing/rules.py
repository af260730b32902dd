"""Time and chance by the rules of an environment, in the runtime and in the application.

Modules name the clock, pauses and random numbers. While an environment is open, those names lead to
its own clock and chance, in modules of the runtime and of the application. That holds for modules
that are imported meanwhile, too. Other modules, such as the test's, are left alone.
"""

from __future__ import annotations

import datetime as datetime_module
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

import ulid

from cqrs.aws import application_code
from cqrs.testing.clock import Clock

OWN = "cqrs.testing"

Recording = Callable[[str], Callable[[], Any]]
"""Makes what stands in for ``application_code`` in a module."""


class _Stand:
    """Stands in for a module, some of whose names lead elsewhere."""

    def __init__(self, module: ModuleType, **names: Any) -> None:
        self.__dict__.update(names)
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


class _LikeDatetime(type):
    """Takes every moment for its own, as a module that names it does."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, datetime_module.datetime)


class _LikeDate(type):
    """The same for days."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, datetime_module.date)


class Rules:
    """Lets modules follow a clock.

    Parameters
    ----------
    clock
        The clock.
    sleep
        Lets time pass.
    seed
        Of all chance.
    packages
        Names of the packages whose modules follow.
    recording
        Makes what stands in for ``application_code`` in a module.
    """

    def __init__(
        self,
        clock: Clock,
        sleep: Callable[[float], None],
        seed: int,
        packages: Sequence[str],
        recording: Recording,
    ) -> None:
        self._packages = tuple(packages)
        self._recording = recording
        self._stands = _stands(clock, sleep, seed)
        self._ulid = _ulids(clock, seed)
        self._changed: list[tuple[ModuleType, str, Any]] = []

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Let them follow for a while."""
        finder = _Finder(self._is_ruled, self._rule)
        kept = ulid.ULID
        ulid.ULID = self._ulid  # type: ignore[misc]
        sys.meta_path.insert(0, finder)
        try:
            for name, module in list(sys.modules.items()):
                if self._is_ruled(name):
                    self._rule(module)
            yield
        finally:
            sys.meta_path.remove(finder)
            ulid.ULID = kept  # type: ignore[misc]
            for module, name, value in reversed(self._changed):
                setattr(module, name, value)
            self._changed.clear()

    def _is_ruled(self, name: str) -> bool:
        return _is_within(name, self._packages) and not _is_within(name, (OWN,))

    def _rule(self, module: ModuleType) -> None:
        for name, value in list(vars(module).items()):
            stand = self._stands.get(id(value))
            if value is application_code.application_code and module is not application_code:
                stand = self._recording(module.__name__)
            if stand is not None:
                self._changed.append((module, name, value))
                setattr(module, name, stand)


def _is_within(name: str, packages: Sequence[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


class _Finder(MetaPathFinder):
    """Lets a module follow as soon as it is imported."""

    def __init__(self, is_ruled: Callable[[str], bool], rule: Callable[[ModuleType], None]) -> None:
        self._is_ruled = is_ruled
        self._rule = rule

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not self._is_ruled(fullname):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Ruling(spec.loader, self._rule)
        return spec


class _Ruling(Loader):
    def __init__(self, loader: Any, rule: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._rule = rule

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._rule(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


def _stands(clock: Clock, sleep: Callable[[float], None], seed: int) -> Mapping[int, Any]:
    """All that stands in for something, by the identity of that."""
    chance = random.Random(seed)  # noqa: S311 - chance, not a secret

    class Moment(datetime_module.datetime, metaclass=_LikeDatetime):
        @classmethod
        def now(cls, tz: datetime_module.tzinfo | None = None) -> Any:
            moment = clock.moment()
            return moment.astimezone(tz) if tz else moment.replace(tzinfo=None)

        @classmethod
        def utcnow(cls) -> Any:
            return clock.moment().replace(tzinfo=None)

        @classmethod
        def today(cls) -> Any:
            return cls.now()

    class Day(datetime_module.date, metaclass=_LikeDate):
        @classmethod
        def today(cls) -> Any:
            return clock.moment().date()

    def seconds() -> float:
        return clock.moment().timestamp()

    def nanoseconds() -> int:
        return round(seconds() * 1000) * 1_000_000

    def monotonic() -> float:
        return clock.now

    def uuid4() -> uuid.UUID:
        return uuid.UUID(int=chance.getrandbits(128), version=4)

    pairs: list[tuple[Any, Any]] = [
        (datetime_module.datetime, Moment),
        (datetime_module.date, Day),
        (datetime_module, _Stand(datetime_module, datetime=Moment, date=Day)),
        (time.time, seconds),
        (time.time_ns, nanoseconds),
        (time.monotonic, monotonic),
        (time.sleep, sleep),
        (
            time,
            _Stand(time, time=seconds, time_ns=nanoseconds, monotonic=monotonic, sleep=sleep),
        ),
        (uuid.uuid4, uuid4),
        (uuid, _Stand(uuid, uuid4=uuid4)),
        (random, chance),
    ]
    return {id(real): stand for real, stand in pairs}


def _ulids(clock: Clock, seed: int) -> Any:
    """A class of ULIDs that begin with the clock's time, and are counted behind that."""
    numbers = random.Random(seed + 1).getrandbits(64)  # noqa: S311 - chance, not a secret
    made = [numbers]

    class Ulid(ulid.ULID):
        def __init__(self, value: bytes | None = None) -> None:
            if value is None:
                made[0] += 1
                moment = round(clock.moment().timestamp() * 1000)
                value = moment.to_bytes(6, "big") + made[0].to_bytes(10, "big")
            super().__init__(value)

    return Ulid
