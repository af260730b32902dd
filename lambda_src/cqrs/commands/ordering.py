"""The ordering protocol: one command of an item after the other, and nobody waits for ever.

A command and its successor meet on one item, the earlier command's. The successor puts the token
of its waiting state on it (:meth:`Ordering.await_predecessor`); the earlier command puts its final
status on it (:meth:`Ordering.finish` or :meth:`Ordering.fail`). Each is one UpdateItem that returns
the item as it then is. DynamoDB serialises the writes of one item, so whichever comes second sees
what the first has written, and answers the token. There is no moment at which neither sees the
other, and no read that could be out of date.

A successor of version 3 or later may have no execution yet. Of an item, one command runs and one
waits; all others are left to the end of the one before (:mod:`cqrs.commands.starter`). The two meet
in the same way: the successor's start is left on the earlier command's item by an UpdateItem that
returns the item. If that has ended, its end may have seen nothing, and the successor is started at
once. Otherwise the end comes second, sees the start that was left, and makes it. Before that, the
successor looks at the command two before it, and is left only if that is not applied. The look may
be out of date, as the UpdateItem decides: the end is still to come, or its item shows it. A failed
command counts as not applied, since a retry may take it up again. Its successor fails, and so ends.

Express executions cannot wait, so each command is left to the end of the one before it, and no
token is left. They may run twice, late, or beside a Standard one of the same attempt. The same
conditional writes keep the order. The execution that ends a command leaves its name there, and it
alone starts the successor. If it dies before that, the healer does.

Every step may be repeated after a crash at any point. The writes set what they set before, and a
token that was answered already counts as answered. An attempt starts once in the Standard lane, as
it names its execution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.aws.item_store import Condition, Update
from cqrs.commands.models import CommandStatus, status_of
from cqrs.commands.starter import ENDED_BY
from cqrs.core.clock import now_iso
from cqrs.core.failures import kept_failure
from cqrs.core.versions import version_of
from cqrs.errors import (
    CommandFailed,
    ConditionFailed,
    NotFoundError,
    PredecessorFailed,
    VersionAlreadyApplied,
    VersionGap,
)
from cqrs.states import CheckResult
from cqrs.storage.attempts import in_attempt
from cqrs.storage.unfinished_work import UNFINISHED, shard_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.aws.item_store import ItemStore
    from cqrs.aws.step_functions import StepFunctionsService
    from cqrs.commands.starter import CommandStarter
    from cqrs.core.attribute_values import Item
    from cqrs.core.keys import CommandKey
    from cqrs.settings import Settings

SUCCESSOR_TOKEN = "successorToken"  # noqa: S105 - the attribute's name


def successor_token(attempt: int) -> str:
    """Name of the attribute with the token of a successor's attempt.

    Each attempt has its own, as two may wait at a time. A check that fails its command and dies
    before it can say so is repeated. By then the command may have been started again.
    """
    return f"{SUCCESSOR_TOKEN}{attempt}" if attempt else SUCCESSOR_TOKEN


TAKEN_OVER = "takenOver"


def _taken_over(attempt: int) -> str:
    """The beginning of the names of attributes that tell who took an attempt over."""
    return f"{TAKEN_OVER}{attempt}_"


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a command may be applied now.

    Attributes
    ----------
    result
        Go ahead, wait for the predecessor, or give up; or there is nothing left to do.
    error, cause
        Why it is given up: the error's name and its explanation.
    """

    result: CheckResult
    error: str = ""
    cause: str = ""

    @classmethod
    def refuse(cls, error: type[Exception], cause: str) -> Decision:
        """Give the command up for an error."""
        return cls(CheckResult.REFUSED, error.__name__, cause)


GO = Decision(CheckResult.GO)
WAIT = Decision(CheckResult.WAIT)
OVER = Decision(CheckResult.ENDED)


class Ordering:
    """Decides when a command's turn is, and tells the next one when it is over.

    Parameters
    ----------
    store, settings
        Access to the tables.
    step_functions
        Answers the tokens of waiting states.
    starter
        Starts successors that were left to a command's end.
    """

    def __init__(
        self,
        store: ItemStore,
        settings: Settings,
        step_functions: StepFunctionsService,
        starter: CommandStarter,
    ) -> None:
        self._store = store
        self._settings = settings
        self._step_functions = step_functions
        self._starter = starter

    def decide(self, key: CommandKey, request_id: str | None = None) -> Decision:
        """Look at the data item and the predecessor as they stood at one moment.

        One TransactGetItems; version 1 has no predecessor and takes a GetItem. If the command has
        made its version already, a GetItem more tells whether it has ended too.

        Parameters
        ----------
        key
            The command.
        request_id
            Identity of its publish call. An item that this very call brought to the command's
            version is the work of an earlier attempt, or of states that this call outlived.
        """
        table, data_table = self._settings.commands_table, self._settings.data_table
        if key.predecessor is None:
            state, predecessor = self._store.get(data_table, key.pk, key.base), None
        else:
            state, predecessor = self._store.get_together(
                [(data_table, key.pk, key.base), (table, key.pk, key.predecessor.sk)]
            )
        decision = _decide(key, state, predecessor, request_id)
        is_applied = decision is GO and version_of(state) == key.version
        return OVER if is_applied and self._has_finished(key) else decision

    def _has_finished(self, key: CommandKey) -> bool:
        command = self._store.get(self._settings.commands_table, key.pk, key.sk)
        return command is not None and command.get("status") == CommandStatus.FINISHED

    def await_predecessor(self, key: CommandKey, attempt: int, token: str) -> None:
        """Leave the token of an attempt's waiting state with the command's predecessor.

        If the predecessor has ended by now, the token is answered at once (one UpdateItem, and one
        request to answer).
        """
        if key.predecessor is None:
            self._answer(token, key, GO)
            return
        try:
            predecessor = self._store.update(
                Update(
                    self._settings.commands_table,
                    key.pk,
                    key.predecessor.sk,
                    assign={successor_token(attempt): token},
                    condition=Condition("attribute_exists(#pk)"),
                )
            )
        except ConditionFailed:
            # It expired since: what remains to go by is the data item.
            self._answer(token, key, self.decide(key))
            return
        self._answer(token, key, _after(key, predecessor))

    def finish(self, key: CommandKey, execution: str | None = None) -> None:
        """Mark a command as applied, and resume its successor if one waits, or start it.

        One UpdateItem, and one request more for each attempt of the successor that waits, or for
        the one that was left to this end.

        Parameters
        ----------
        key
            The command.
        execution
            The Express execution that has applied it, if one has.

        Raises
        ------
        NotFoundError
            If the command is gone from its table.
        CommandFailed
            If it was failed before: this call outlives its execution, or a late check of it met a
            failed predecessor that was started again since. Successors know of the failure.
        """
        try:
            command = self._store.update(
                Update(
                    self._settings.commands_table,
                    key.pk,
                    key.sk,
                    assign={"status": CommandStatus.FINISHED.value, "finishedAt": now_iso()},
                    assign_once=_ended_by(execution),
                    remove=("error", "cause", UNFINISHED),
                    condition=Condition(
                        "attribute_exists(#pk) AND #status <> :failed",
                        {"failed": CommandStatus.FAILED.value},
                    ),
                )
            )
        except ConditionFailed:
            if self._store.get(self._settings.commands_table, key.pk, key.sk) is None:
                raise command_gone(key) from None
            raise failed_meanwhile(key) from None
        self._tell_successor(key, command, execution)

    def fail(
        self,
        key: CommandKey,
        attempt: int,
        error: str,
        cause: str,
        execution: str | None = None,
    ) -> bool:
        """Mark a command as failed, and fail its successor if one waits.

        One that was left to this end is started, and finds the failure.

        A command that was applied stays so: if something went wrong after that, such as telling its
        successor, it is done again instead. One that was started again is left to that attempt.

        Parameters
        ----------
        key, attempt
            The command, and the attempt that fails.
        error, cause
            Why.
        execution
            The Express execution that fails, if one does.

        Returns
        -------
        bool
            Whether this call has failed it.
        """
        not_finished = Condition(
            "attribute_exists(#pk) AND #status <> :finished",
            {"finished": CommandStatus.FINISHED.value},
        )
        # Another Express execution may have failed it, for a reason that stays.
        condition = not_finished & in_attempt(attempt) if execution is None else _under_way(attempt)
        return self._fail(key, error, cause, condition, execution)

    def abandon(self, key: CommandKey, attempt: int, error: str, cause: str) -> None:
        """Fail a command that nothing works on any more, unless it ended or was started again.

        If it ended, whoever ended it may not have lived to tell its successor, so this does.
        """
        self._fail(key, error, cause, _under_way(attempt))

    def take_over(self, key: CommandKey, attempt: int, who: str) -> int | None:
        """Note that another process goes on with a command (one UpdateItem).

        Parameters
        ----------
        key, attempt
            The command.
        who
            The process, in letters and digits: a request that is made twice counts once.

        Returns
        -------
        int or None
            How many did so in this attempt; None if it ended or was started again.
        """
        prefix = _taken_over(attempt)
        command = self._note_turn(key, attempt, assign={prefix + who: now_iso()})
        return None if command is None else sum(name.startswith(prefix) for name in command)

    def leave(self, key: CommandKey, attempt: int, who: str) -> None:
        """Take back the note of a process that can tell that it does not end there."""
        self._note_turn(key, attempt, remove=(_taken_over(attempt) + who,))

    def _note_turn(
        self,
        key: CommandKey,
        attempt: int,
        *,
        assign: Mapping[str, Any] | None = None,
        remove: tuple[str, ...] = (),
    ) -> Item | None:
        try:
            return self._store.update(
                Update(
                    self._settings.commands_table,
                    key.pk,
                    key.sk,
                    assign=assign or {},
                    remove=remove,
                    condition=_under_way(attempt),
                )
            )
        except ConditionFailed:
            return None

    def _fail(
        self,
        key: CommandKey,
        error: str,
        cause: str,
        condition: Condition,
        execution: str | None = None,
    ) -> bool:
        """Mark a command as failed on a condition, and tell its successor what it is then."""
        try:
            command = self._store.update(self._failure(key, error, cause, condition, execution))
        except ConditionFailed:
            found = self._store.get(self._settings.commands_table, key.pk, key.sk)
            if found is not None:
                self._tell_successor(key, found, execution)
            return False
        self._tell_successor(key, command, execution)
        return True

    def _failure(
        self,
        key: CommandKey,
        error: str,
        cause: str,
        condition: Condition,
        execution: str | None = None,
    ) -> Update:
        return Update(
            self._settings.commands_table,
            key.pk,
            key.sk,
            assign={
                "status": CommandStatus.FAILED.value,
                "finishedAt": now_iso(),
                # Something other than the services may have stored it without.
                UNFINISHED: shard_of(*key.address),
                **kept_failure(error, cause),
            },
            assign_once=_ended_by(execution),
            condition=condition,
        )

    def _tell_successor(self, key: CommandKey, command: Item, execution: str | None = None) -> None:
        successor = key.item.at(key.version + 1)
        for name, token in command.items():
            # No state waits with what is not text; its own timeout leads it back.
            if name.startswith(SUCCESSOR_TOKEN) and isinstance(token, str):
                self._answer(token, successor, _after(successor, command))
        self._starter.start_successor(key, command, execution)

    def _answer(self, token: str, key: CommandKey, decision: Decision) -> None:
        if decision.result is CheckResult.GO:
            self._step_functions.send_task_success(token, resumed(key))
        elif decision.result is CheckResult.REFUSED:
            self._step_functions.send_task_failure(token, decision.error, decision.cause)


def _ended_by(execution: str | None) -> dict[str, str]:
    return {} if execution is None else {ENDED_BY: execution}


def _under_way(attempt: int) -> Condition:
    published = Condition("#status = :published", {"published": CommandStatus.PUBLISHED.value})
    return published & in_attempt(attempt)


def command_gone(key: CommandKey) -> NotFoundError:
    """The error of a command that disappeared while it was being applied."""
    return NotFoundError(
        f"{key} is gone from the commands table while it was being applied. Was it deleted, or is "
        "its TTL shorter than its wait?"
    )


def failed_meanwhile(key: CommandKey) -> CommandFailed:
    """The error of a command that was failed by somebody else while it was being applied."""
    return CommandFailed(f"{key} was failed while it was being applied: retry that command.")


def resumed(key: CommandKey) -> dict[str, Any]:
    """Output of a wait that is over, the same as of a check that found nothing to wait for."""
    return {**key.to_mapping(), "result": CheckResult.GO.value}


def _decide(
    key: CommandKey, state: Item | None, predecessor: Item | None, request_id: str | None
) -> Decision:
    version = version_of(state)
    if state is not None and version >= key.version:
        is_same_call = request_id is not None and state.get("requestId") == request_id
        is_own = version == key.version and is_same_call
        return GO if is_own else _already_applied(key, state)
    if predecessor is not None:
        return _after(key, predecessor)
    if version == key.version - 1:
        return GO
    return Decision.refuse(
        VersionGap,
        f"{key} cannot be applied: the command before it is gone and its item is at version "
        f"{version}. Publish again on the latest version.",
    )


def _after(key: CommandKey, predecessor: Item) -> Decision:
    """The meaning of the predecessor's status for a command."""
    status = status_of(predecessor)
    if status is CommandStatus.FINISHED:
        return GO
    if status is CommandStatus.PUBLISHED:
        return WAIT
    return Decision.refuse(
        PredecessorFailed,
        f"{key} is not applied because {key.pk} {predecessor['sk']} failed with "
        f"{predecessor.get('error', 'an unknown error')}. Mend the cause and retry that command; "
        "those after it follow.",
    )


def _already_applied(key: CommandKey, state: Item) -> Decision:
    return Decision.refuse(
        VersionAlreadyApplied,
        f"{key} cannot be applied: its item is at version {state['version']} already. Publish "
        "again on the latest version.",
    )
