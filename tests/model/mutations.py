"""The protocol with one mistake in it, which the model must find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from cqrs.aws.item_store import CONFLICT_ATTEMPTS, Action, Address, Check, Condition, Put, Update
from cqrs.commands.bases import Base
from cqrs.commands.models import Command, CommandStatus, Content, PublishResult, SyncMode
from cqrs.commands.ordering import (
    GO,
    SUCCESSOR_TOKEN,
    WAIT,
    Decision,
    Ordering,
    successor_token,
)
from cqrs.commands.records import CommandRecords
from cqrs.commands.repair import RepairService, Restart
from cqrs.commands.service import CommandService, Draft, Write
from cqrs.commands.starter import ENDED_BY, SUCCESSOR_START, CommandStarter
from cqrs.commands.sync_handlers import SyncHandlers
from cqrs.core.attribute_values import Item
from cqrs.core.keys import CommandKey
from cqrs.errors import (
    CommandFailed,
    ConditionFailed,
    TransientError,
    VersionAlreadyApplied,
    VersionConflict,
)
from cqrs.services import Services
from cqrs.states import CheckResult, CommandState, Lane
from cqrs.storage.attempts import in_attempt
from stacks.asl import Definition
from tests.model.exploration import Settings, definition, express_definition
from tests.model.forgetful import Chosen, without
from tests.model.mistake import Mistake, Wiring
from tests.model.program import Program
from tests.model.stores import use_store
from tests.model.transactions import TransactingStore

COMMANDS, DATA = "commands", "data"


@dataclass(frozen=True, slots=True)
class Mutation(Mistake):
    """A mistake in the services, or in a definition, which ``define`` or ``express`` changes."""

    define: Callable[[Definition], Definition] = lambda given: given
    express: Callable[[Definition], Definition] = lambda given: given

    def settings(self) -> Settings:
        """Programs and interpreter with the mistake in them."""
        return _Mutated(self)


class _Mutated(Settings):
    def __init__(self, mutation: Mutation) -> None:
        super().__init__(
            mutation.define(deepcopy(definition())),
            mutation.express(deepcopy(express_definition())),
        )
        self._wire = mutation.wire

    def program(self, ttl_days: int, lane: Lane) -> Program:
        return Program(ttl_days=ttl_days, wire=self._wire, lane=lane)


# The handshake


class _OpenOrdering(Ordering):
    """Gives mutations the steps that the real one is made of."""

    def _commands(self, key: CommandKey) -> Address:
        return self._settings.commands_table, key.pk, key.sk

    def _leave_token(self, key: CommandKey, attempt: int, token: str) -> Item:
        assert key.predecessor is not None
        place, exists = self._commands(key.predecessor), Condition("attribute_exists(#pk)")
        return self._store.update(
            Update(*place, {successor_token(attempt): token}, condition=exists)
        )

    def _decision_after(self, key: CommandKey, predecessor: Item | None) -> Decision:
        if predecessor is not None and predecessor["status"] == CommandStatus.PUBLISHED:
            return WAIT
        return self.decide(key)


class _LooksBeforeItWaits(_OpenOrdering):
    def await_predecessor(self, key: CommandKey, attempt: int, token: str) -> None:
        assert key.predecessor is not None
        before = self._store.get(*self._commands(key.predecessor))
        self._leave_token(key, attempt, token)
        self._answer(token, key, self._decision_after(key, before))


class _IgnoresThePredecessor(_OpenOrdering):
    def await_predecessor(self, key: CommandKey, attempt: int, token: str) -> None:
        self._leave_token(key, attempt, token)


class _SharesOneTokenAmongAttempts(_OpenOrdering):
    def await_predecessor(self, key: CommandKey, _attempt: int, token: str) -> None:
        super().await_predecessor(key, 0, token)


class _LooksBeforeItFinishes(_OpenOrdering):
    def finish(self, key: CommandKey, execution: str | None = None) -> None:
        del execution
        before = self._store.get(*self._commands(key))
        assert before is not None
        self._mark_only(key)
        self._tell_successor(key, {**before, "status": CommandStatus.FINISHED.value})

    def _mark_only(self, key: CommandKey) -> None:
        _IgnoresTheWaiter(self._store, self._settings, self._step_functions, self._starter).finish(
            key
        )


class _IgnoresTheWaiter(_OpenOrdering):
    """Marks a command as the real one does, and tells nobody."""

    def _tell_successor(self, key: CommandKey, command: Item, execution: str | None = None) -> None:
        if command["status"] != CommandStatus.FINISHED:
            super()._tell_successor(key, command, execution)


class _FailsSilently(_OpenOrdering):
    def _tell_successor(self, key: CommandKey, command: Item, execution: str | None = None) -> None:
        if command["status"] != CommandStatus.FAILED:
            super()._tell_successor(key, command, execution)


class _LeavesWhatHasEnded(_OpenOrdering):
    """Takes whoever ended a command to have told its successor."""

    def abandon(self, key: CommandKey, attempt: int, error: str, cause: str) -> None:
        under_way = Condition("#status = :published", {"published": CommandStatus.PUBLISHED.value})
        condition = under_way & in_attempt(attempt)
        try:
            command = self._store.update(self._failure(key, error, cause, condition))
        except ConditionFailed:
            return
        self._tell_successor(key, command)


class _DecidesByTheDataAlone(_OpenOrdering):
    """As the guide's reference does: the version moves with the first sync handler."""

    def decide(self, key: CommandKey, request_id: str | None = None) -> Decision:
        state = self._store.get(self._settings.data_table, key.pk, key.base)
        version = 0 if state is None else state["version"]
        if version == key.version - 1:
            return GO
        if version < key.version - 1:
            return WAIT
        is_own = state is not None and state["requestId"] == request_id
        return GO if is_own else Decision.refuse(VersionAlreadyApplied, str(key))


class _ForgetsItsOwnWork(_OpenOrdering):
    """Forgets that a check may find its own command's work."""

    def decide(self, key: CommandKey, request_id: str | None = None) -> Decision:
        del request_id
        return super().decide(key, None)


class _TakesUpAPublishersAttempt(RepairService):
    """Starts a synchronous command as the attempt that its publisher may be in."""

    def _restart(self, command: Command) -> Restart | None:
        return super()._restart(replace(command, sync_mode=SyncMode.ASYNC))


class _TakesItsWriteForAnothers(RepairService):
    """Leaves an attempt that is written to whoever wrote it."""

    def _start_if_begun(self, _command: Command) -> Restart | None:
        return None


def _repair(make: type[RepairService]) -> Wiring:
    def wire(services: Services) -> None:
        services.repair = make(
            services.store, services.settings, services.command_executions, services.command_starter
        )

    return wire


def _ordering(make: type[Ordering]) -> Wiring:
    def wire(services: Services) -> None:
        services.ordering = make(
            services.store, services.settings, services.step_functions, services.command_starter
        )

    return wire


# Starts


class _StartsAll(CommandStarter):
    def _is_left(self, *_: Any) -> bool:
        return False


class _LooksThreeBefore(CommandStarter):
    def _is_left(self, key: CommandKey, request_id: str, attempt: int) -> bool:
        if key.version > 3:
            before = self._store.get(self._table, key.pk, key.item.at(key.version - 3).sk)
            if before is None or before["status"] == CommandStatus.FINISHED:
                return False
        return super()._is_left(key, request_id, attempt)


class _LeavesUnseen(CommandStarter):
    """Leaves a start without a look at what its write returns."""

    def _leave(self, predecessor: CommandKey, start: Mapping[str, Any]) -> bool:
        super()._leave(predecessor, start)
        return True


class _LooksBeforeItLeaves(CommandStarter):
    def _leave(self, predecessor: CommandKey, start: Mapping[str, Any]) -> bool:
        before = self._store.get(self._table, *predecessor.address)
        super()._leave(predecessor, start)
        return before is not None and before["status"] == CommandStatus.PUBLISHED


class _TakesTheTokensPlace(CommandStarter):
    def _leave(self, predecessor: CommandKey, start: Mapping[str, Any]) -> bool:
        return super()._leave(predecessor, {**start, SUCCESSOR_TOKEN: None})


class _SharesOneStartAmongAttempts(CommandStarter):
    """Leaves a start in the place of another attempt's, whose number is then lost."""

    def _leave(self, predecessor: CommandKey, start: Mapping[str, Any]) -> bool:
        (request_id,) = start.values()
        return super()._leave(predecessor, {SUCCESSOR_START: request_id})


class _StartsTheFirstAttempt(CommandStarter):
    def start_successor(self, key: CommandKey, command: Item, execution: str | None = None) -> None:
        names = [name for name in command if name.startswith(SUCCESSOR_START)]
        if names and SUCCESSOR_START not in command:
            command = {**command, SUCCESSOR_START: command[names[0]]}
        first = {name: value for name, value in command.items() if name not in names}
        told = {**first, SUCCESSOR_START: command.get(SUCCESSOR_START)}
        super().start_successor(key, told, execution)


class _ForgetsAtTheEnd(CommandStarter):
    def start_successor(self, key: CommandKey, command: Item, execution: str | None = None) -> None:
        if command["status"] != CommandStatus.FINISHED:
            super().start_successor(key, command, execution)


class _ForgetsAfterAFailure(CommandStarter):
    def start_successor(self, key: CommandKey, command: Item, execution: str | None = None) -> None:
        if command["status"] != CommandStatus.FAILED:
            super().start_successor(key, command, execution)


class _StartsAtEveryEnd(CommandStarter):
    """Starts what was left, whichever Express execution has ended the command."""

    def start_successor(self, key: CommandKey, command: Item, execution: str | None = None) -> None:
        del execution
        super().start_successor(key, command)


class _BeginsAndDoesNotStart(RepairService):
    """Leaves an attempt that follows one that timed out to whoever wrote it."""

    def begin_again(self, key: CommandKey, attempt: int) -> bool:
        command = self.find(key)
        return command is not None and (
            command.attempt != attempt or super().begin_again(key, attempt)
        )


class _BeginsNothingAgain(RepairService):
    def begin_again(self, _key: CommandKey, _attempt: int) -> bool:
        return False


def _starter(make: type[CommandStarter]) -> Wiring:
    def wire(services: Services) -> None:
        services.command_starter = make(
            services.command_store, services.settings, services.command_executions
        )

    return wire


# Publishing


class _MarksAll(CommandRecords):
    """Takes every base for one that is applied."""

    def store(self, base: Base, command: Command) -> list[Action]:
        return super().store(replace(base, applied=True), command)


class _ATokenForEachTry(TransactingStore):
    def _call(self, operation: str, attempts: int = CONFLICT_ATTEMPTS, **request: Any) -> Any:
        for number in range(attempts):
            token = f"{request['ClientRequestToken']}, try {number}"
            try:
                return super()._call(operation, 1, **{**request, "ClientRequestToken": token})
            except TransientError:
                continue
        raise TransientError("busy")


class _ATokenForEachVersion(TransactingStore):
    def _call(self, operation: str, attempts: int = CONFLICT_ATTEMPTS, **request: Any) -> Any:
        token = request["TransactItems"][0]["Put"]["Item"]["sk"]["S"]
        return super()._call(operation, attempts, **{**request, "ClientRequestToken": token})


class _TakesContentionForDone(TransactingStore):
    def _call(self, operation: str, attempts: int = CONFLICT_ATTEMPTS, **request: Any) -> Any:
        del attempts
        try:
            return super()._call(operation, 1, **request)
        except TransientError:
            return None


class _FinishesOnce(TransactingStore):
    """Takes its own request, which is repeated, for somebody else's."""

    def update(self, action: Update) -> Item:
        if _FINISHING(action):
            once = Condition("#status = :was", {"was": CommandStatus.PUBLISHED.value})
            return super().update(replace(action, condition=once))
        return super().update(action)


class _KeepsTheEnder(TransactingStore):
    """Leaves the name of the execution that ended a command when it is started again."""

    def update(self, action: Update) -> Item:
        if _RESTARTING(action):
            kept = tuple(name for name in action.remove if name != ENDED_BY)
            action = replace(action, remove=kept)
        return super().update(action)


class _EndsWithoutAName(TransactingStore):
    def update(self, action: Update) -> Item:
        return super().update(replace(action, assign_once={}) if _FINISHING(action) else action)


def _store(make: type[TransactingStore]) -> Wiring:
    def wire(services: Services) -> None:
        clients: Any = services.clients
        use_store(services, make(clients))

    return wire


class _SaysUnchangedUnseen(CommandService):
    """Does not look whether a command is under way beyond what is applied."""

    def _holds(self, base: Base) -> bool:
        return super()._holds(replace(base, applied=False))


class _ConflictsAtOnce(CommandService):
    """Takes a refused write for another publisher's, whatever the newest version is."""

    def _publish(self, pk: str, sk: str, version: int, draft: Draft, write: Write) -> PublishResult:
        def write_once(base: Base, content: Content) -> str:
            try:
                return write(base, content)
            except ConditionFailed:
                raise VersionConflict(pk, sk, base=version, current=base.version) from None

        return super()._publish(pk, sk, version, draft, write_once)


class _LeavesFailures(CommandService):
    """Tells its caller of a handler that failed, and nobody else."""

    def _run_handlers(self, known: SyncHandlers, handlers: list[str], command: Command) -> None:
        try:
            for name in handlers:
                known.run(name, command)
        except Exception as error:
            raise CommandFailed(str(error)) from error
        self._with.ordering.finish(command.key)


def _commands(make: type[CommandService]) -> Wiring:
    def wire(services: Services) -> None:
        services.commands = make(services.commands._with)

    return wire


class _FinishesFirst(CommandRecords):
    """Stores what is applied at once as finished, before its handlers have seen it."""

    def apply(self, base: Base, command: Command, *, is_finished: bool) -> list[Action]:
        del is_finished
        return super().apply(base, command, is_finished=True)


def _records(make: type[CommandRecords]) -> Wiring:
    def wire(services: Services) -> None:
        services.command_records = make(
            services.settings,
            services.attributes,
            services.history,
            services.data_writer,
            services.time_to_live,
        )

    return wire


# Conditions


def _action(kind: type[Action], table: str, text: str) -> Chosen:
    """Actions of a kind on a table whose condition has a text in it."""
    return lambda action: (
        isinstance(action, kind)
        and action.table == table
        and action.condition is not None
        and text in action.condition.expression
    )


def _setting(name: str, value: Any = ...) -> Chosen:
    """Updates of commands that set an attribute, or set it to one value."""
    return lambda action: (
        isinstance(action, Update)
        and action.table == COMMANDS
        and name in action.assign
        and value in (..., action.assign[name])
    )


def _both(left: Chosen, right: Chosen) -> Chosen:
    return lambda action: left(action) and right(action)


_FAILING = _setting("status", CommandStatus.FAILED)
_BY_FAIL = _both(_FAILING, _action(Update, COMMANDS, ":finished"))
_BY_ABANDON = _both(_FAILING, _action(Update, COMMANDS, ":published"))
_FINISHING = _setting("status", CommandStatus.FINISHED)
_RESTARTING = _setting("status", CommandStatus.PUBLISHED)

CONDITIONS: list[tuple[str, str, str, Wiring]] = [
    (
        "records.py _put",
        "no such command",
        "two versions",
        without(_action(Put, COMMANDS, "")),
    ),
    (
        "records.py _after_predecessor",
        "the one before is over",
        "a synchronous command after an asynchronous one",
        without(_action(Check, COMMANDS, "#status")),
    ),
    (
        "data_writer.py next_version_condition",
        "a new item's base does not exist",
        "published again after it expired",
        without(_action(Check, DATA, "attribute_not_exists")),
    ),
    (
        "data_writer.py next_version_condition",
        "a new data item does not exist",
        "two versions",
        without(_action(Update, DATA, "attribute_not_exists")),
    ),
    (
        "data_writer.py next_version_condition",
        "a data item is at the version before",
        "three versions",
        without(_action(Update, DATA, "#version")),
    ),
    (
        "ordering.py await_predecessor",
        "the predecessor exists",
        "two versions that expire",
        without(_setting(SUCCESSOR_TOKEN)),
    ),
    (
        "starter.py _leave",
        "the predecessor exists",
        "three versions that expire",
        without(_setting(SUCCESSOR_START)),
    ),
    (
        "ordering.py finish",
        "the command exists",
        "one version that expires, three faults",
        without(_FINISHING, "attribute_exists"),
    ),
    (
        "ordering.py finish",
        "the command has not failed",
        "two versions",
        without(_FINISHING, "#status"),
    ),
    (
        "ordering.py fail",
        "the command exists",
        "one version that expires, three faults",
        without(_BY_FAIL, "attribute_exists"),
    ),
    (
        "ordering.py fail",
        "the command has not finished",
        "two versions",
        without(_BY_FAIL, "#status"),
    ),
    (
        "ordering.py fail",
        "it is the same attempt",
        "one version fails and is retried",
        without(_BY_FAIL, "#attempt"),
    ),
    (
        "ordering.py _under_way",
        "the command is under way",
        "two versions",
        without(_BY_ABANDON, "#status"),
    ),
    (
        "ordering.py _under_way",
        "it is the same attempt",
        "one version is stopped and retried",
        without(_BY_ABANDON, "#attempt"),
    ),
    (
        "workflow.py _expire",
        "the command exists",
        "one version that expires, three faults",
        without(lambda action: isinstance(action, Update) and set(action.assign) == {"ttl"}),
    ),
    (
        "repair.py _unchanged",
        "the status is as it was read",
        "one version is stopped and retried",
        without(_RESTARTING, "#status"),
    ),
    (
        "repair.py _unchanged",
        "the attempt is as it was read",
        "one version fails again and again, retried twice",
        without(_RESTARTING, "#attempt"),
    ),
]
"""Each condition of the protocol: its place, what it asks for, which scenario shows its lack, and
how."""


# The definition


def _timeout_leads_to(state: CommandState) -> Callable[[Definition], Definition]:
    def define(given: Definition) -> Definition:
        catchers = given["States"][CommandState.WAIT_PREV_COMMAND]["Catch"]
        catchers[0]["Next"] = state
        return given

    return define


def _waits_for_nobody(given: Definition) -> Definition:
    choices = given["States"][CommandState.CHECK_VERSION_RESULT]["Choices"]
    for branch in choices:
        if branch["NumericEquals"] == CheckResult.WAIT:
            branch["Next"] = CommandState.SET_TTL_COMMAND
    return given


REDUNDANT = [
    Mutation(
        "without bases.py _command_base: the base exists",
        "published later, when the one before may have expired",
        without(_action(Check, COMMANDS, "attribute_exists(#pk)")),
    ),
    Mutation(
        "without data_writer.py next_version_condition: a later base is the latest version",
        "published later, when the one before may have expired",
        without(_action(Check, DATA, "#version")),
    ),
]
"""The mutations that change nothing.

Both are conditions of a publish call on the base that it has read in the same call. The command
that the call puts is on the condition that there is none of its version. For the base to be another
by then, there are two ways. That version's command must have been published (an applied base), or
the base's own must have been applied (a base under way). Neither can have expired since, as a call
lasts seconds and a command is kept for days. The first fails the put, and after the second the
version is still the next one. They guard against commands that somebody deletes by hand.
"""

_TWO, _FAILING_FIRST = "two versions", "two versions, the first fails"
_SYNCHRONOUS = "one synchronous version"
_FIVE = "five versions"
_COME_AGAIN = "express: three versions, and records come again"
_CHAIN_RETRIED = "three versions have failed and are retried"

MUTATIONS = [
    Mutation("a waiter looks before it leaves its token", _TWO, _ordering(_LooksBeforeItWaits)),
    Mutation("a waiter ignores what its write returns", _TWO, _ordering(_IgnoresThePredecessor)),
    Mutation(
        "a waiter leaves its token in the place of another attempt's",
        "two versions, the first has failed and is retried, and a check crashes",
        _ordering(_SharesOneTokenAmongAttempts),
    ),
    Mutation("finish looks for a waiter before it marks", _TWO, _ordering(_LooksBeforeItFinishes)),
    Mutation("finish ignores what its write returns", _TWO, _ordering(_IgnoresTheWaiter)),
    Mutation("no failure is told to a successor", _FAILING_FIRST, _ordering(_FailsSilently)),
    Mutation(
        "the end of an execution leaves what has ended",
        "two versions, two faults",
        _ordering(_LeavesWhatHasEnded),
    ),
    Mutation("the data item's version alone decides", _TWO, _ordering(_DecidesByTheDataAlone)),
    Mutation("a check does not know its own work", _TWO, _ordering(_ForgetsItsOwnWork)),
    Mutation(
        "a wait's timeout fails the command",
        _TWO,
        define=_timeout_leads_to(CommandState.FAIL_COMMAND),
    ),
    Mutation(
        "a wait's timeout lets the command start",
        _TWO,
        define=_timeout_leads_to(CommandState.SET_TTL_COMMAND),
    ),
    Mutation("a command that should wait starts", _TWO, define=_waits_for_nobody),
    Mutation(
        "a retry takes up a synchronous publisher's attempt",
        "a synchronous command is retried while its publisher applies it",
        _repair(_TakesUpAPublishersAttempt),
    ),
    Mutation(
        "a retry takes its write for another's if the answer gets lost",
        "two versions, the first has failed and is retried, and answers get lost",
        _repair(_TakesItsWriteForAnothers),
    ),
    Mutation("all commands are started at once", _FIVE, _starter(_StartsAll)),
    Mutation("a command looks at the one three before it", _FIVE, _starter(_LooksThreeBefore)),
    Mutation("a start is left whatever its write returns", _FIVE, _starter(_LeavesUnseen)),
    Mutation("a start is left after a look", _FIVE, _starter(_LooksBeforeItLeaves)),
    Mutation(
        "a start that is left takes the place of a token",
        "four versions, and records come again",
        _starter(_TakesTheTokensPlace),
    ),
    Mutation(
        "a start that is left takes the place of another attempt's",
        _CHAIN_RETRIED,
        _starter(_SharesOneStartAmongAttempts),
    ),
    Mutation(
        "an end starts the first attempt of its successor",
        _CHAIN_RETRIED,
        _starter(_StartsTheFirstAttempt),
    ),
    Mutation("an end does not start what was left", _FIVE, _starter(_ForgetsAtTheEnd)),
    Mutation(
        "a failure does not start what was left",
        "four versions, the second fails",
        _starter(_ForgetsAfterAFailure),
    ),
    Mutation("a command is taken to be on an applied base", _FIVE, _records(_MarksAll)),
    Mutation(
        "an attempt that follows is not started if its writer died",
        "one version, its executions time out and processes die",
        _repair(_BeginsAndDoesNotStart),
    ),
    Mutation(
        "a lack of time fails a command",
        "one version, its executions time out and processes die",
        _repair(_BeginsNothingAgain),
    ),
    Mutation(
        "each Express execution that ends a command starts the next",
        _COME_AGAIN,
        _starter(_StartsAtEveryEnd),
    ),
    Mutation("Express commands are started at once", _COME_AGAIN, _starter(_StartsAll)),
    Mutation("an Express end does not tell whose it is", _COME_AGAIN, _store(_EndsWithoutAName)),
    Mutation(
        "a retry leaves the name of who ended the command",
        "express: three versions have failed and are retried",
        _store(_KeepsTheEnder),
    ),
    Mutation(
        "an Express failure does not start what was left",
        "express: four versions, the second fails",
        _starter(_ForgetsAfterAFailure),
    ),
    Mutation("each try of a transaction has its token", _SYNCHRONOUS, _store(_ATokenForEachTry)),
    Mutation("a transaction's token is its version's", _SYNCHRONOUS, _store(_ATokenForEachVersion)),
    Mutation("contention is taken for done", _SYNCHRONOUS, _store(_TakesContentionForDone)),
    Mutation("finish refuses what has finished", _SYNCHRONOUS, _store(_FinishesOnce)),
    Mutation("a refused write is a conflict", _SYNCHRONOUS, _commands(_ConflictsAtOnce)),
    Mutation("a handler's failure is told to nobody", _SYNCHRONOUS, _commands(_LeavesFailures)),
    Mutation("a command finishes before its handlers", _SYNCHRONOUS, _records(_FinishesFirst)),
    Mutation(
        "a publisher hears of no change without a look at what is under way",
        "a synchronous publisher says what was said before",
        _commands(_SaysUnchangedUnseen),
    ),
    *(
        Mutation(f"without {place}: {asked}", scenario, wire)
        for place, asked, scenario, wire in CONDITIONS
    ),
]
