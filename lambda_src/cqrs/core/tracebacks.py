"""The places that an error of the application passed, as the log has them once, without data.

A line of the log has the frames outside the runtime, each error's name and the start of its
message. It has no variables, and nothing of what a model was given.
"""

from __future__ import annotations

import linecache
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from cqrs.core.observability import CODE, FAULT, TRACEBACK
from cqrs.core.texts import message_of, storable
from cqrs.errors import PermanentError, SkipRow, TransientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

EXPECTED = (PermanentError, TransientError, SkipRow)
"""Errors that code raises on purpose; the message says all that there is to know."""

RUNTIME = Path(__file__).parents[1]
ROOT = RUNTIME.parent
"""Folder of the function's code; the application's packages lie beside the runtime's."""

FIRST_FRAMES = 3
LAST_FRAMES = 9
"""Frames of one error that the log gets; a recursion has a thousand."""

MOST_ERRORS = 3
"""Errors of one chain that are told, the last one included."""

REASON_LENGTH = 1000
"""Characters of an error's message."""

CODE_LENGTH = 160
"""Characters of a line of code."""

_TOLD = "_cqrs_is_told"


class Frame(NamedTuple):
    """A place in code that an error passed."""

    file: str
    line: int
    function: str

    @property
    def is_of_runtime(self) -> bool:
        """Whether it is code of this package, or of the standard library's that it goes through."""
        return PurePath(self.file).is_relative_to(RUNTIME) or self.file == _CONTEXTLIB

    @property
    def package(self) -> str:
        """The folder that tells the application's code from that of libraries."""
        inside = self._inside
        return str(PurePath(self.file).parent) if inside is None else inside.parts[0]

    @property
    def shown(self) -> str:
        """The file, below the function's folder if it lies there."""
        inside = self._inside
        return self.file if inside is None else inside.as_posix()

    @property
    def _inside(self) -> PurePath | None:
        path = PurePath(self.file)
        return path.relative_to(ROOT) if path.is_relative_to(ROOT) else None

    @property
    def code(self) -> str:
        """The line of code; empty if its source is not there."""
        return storable(linecache.getline(self.file, self.line).strip())[:CODE_LENGTH]


class Place(Protocol):
    """A frame of a traceback, wherever it was read."""

    @property
    def line(self) -> int:
        """Number of the line."""

    @property
    def function(self) -> str:
        """Name of the function."""

    @property
    def code(self) -> str:
        """The line of code; empty if it is not known."""


Called = TypeVar("Called", bound=Place)

_CONTEXTLIB = contextmanager.__code__.co_filename


def traceback_of(error: BaseException, *, with_reasons: bool = True) -> dict[str, str]:
    """The part of a line of the log that says from which place an unexpected error came.

    Parameters
    ----------
    with_reasons
        Whether errors have their messages.

    Returns
    -------
    dict
        ``fault``, the place in the application's code, as ``app/airports.py:12 in store``;
        ``code``, the line there; and ``traceback``. Empty for an expected error, and for one that
        was told before, by itself or as the cause of another.
    """
    if isinstance(error, EXPECTED) or any(_is_told(one) for one in _chain(error)):
        return {}
    with suppress(AttributeError, TypeError):  # an error may take no attributes
        setattr(error, _TOLD, True)
    frames = _frames_of(error)
    told: dict[str, str] = {TRACEBACK: "\n".join(_lines(error, with_reasons=with_reasons))}
    if frames:
        place = _fault(frames)
        told = {
            FAULT: f"{place.shown}:{place.line} in {place.function}",
            CODE: place.code,
            **told,
        }
    return told


def reason_of(error: BaseException) -> str:
    """The start of an error's message; of a model's refusal the places, and not what was there."""
    find: Any = getattr(error, "errors", None)
    if callable(find):
        with suppress(Exception):
            places = find(include_url=False, include_context=False, include_input=False)
            told = (f"{'.'.join(map(str, one['loc']))}: {one['type']}" for one in places)
            return storable("; ".join(told))[:REASON_LENGTH]
    return message_of(error)[:REASON_LENGTH]


def frame_lines(frames: Sequence[Called], file_of: Callable[[Called], str]) -> Iterator[str]:
    """The lines of frames in a traceback; of many the first and the last ones.

    Parameters
    ----------
    frames
        The outermost first.
    file_of
        Tells the file of a frame as it is to be shown.
    """
    left_out = len(frames) - FIRST_FRAMES - LAST_FRAMES
    for number, frame in enumerate(frames):
        if left_out > 0 and FIRST_FRAMES <= number < FIRST_FRAMES + left_out:
            if number == FIRST_FRAMES:
                yield f"  ... {left_out} frames more"
            continue
        yield f'  File "{file_of(frame)}", line {frame.line}, in {frame.function}'
        if frame.code:
            yield f"    {frame.code}"


def _is_told(error: BaseException) -> bool:
    return bool(getattr(error, _TOLD, False))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, and those that led to it, the last one first."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _lines(error: BaseException, *, with_reasons: bool) -> Iterator[str]:
    told = [one for one, _ in zip(_chain(error), range(MOST_ERRORS), strict=False)]
    for one in reversed(told):
        yield from frame_lines(_frames_of(one), lambda frame: frame.shown)
        name = type(one).__name__
        yield f"{name}: {reason_of(one)}" if with_reasons else name


def _frames_of(error: BaseException) -> list[Frame]:
    """The frames of an error outside the runtime; of the runtime's own fault all of them."""
    frames = list(_all_frames(error.__traceback__))
    return [frame for frame in frames if not frame.is_of_runtime] or frames


def _all_frames(trace: TracebackType | None) -> Iterator[Frame]:
    while trace is not None:
        code = trace.tb_frame.f_code
        yield Frame(code.co_filename, trace.tb_lineno, code.co_name)
        trace = trace.tb_next


def _fault(frames: list[Frame]) -> Frame:
    """The last frame in the application's code, which is the code that was called first."""
    package = frames[0].package
    return [frame for frame in frames if frame.package == package][-1]
