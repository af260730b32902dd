"""Erasing what is kept of a tenant or an item, and what was erased before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import checked
from cli.command_group import CommandGroup
from cli.consent import refuse_without_answer
from cli.context import Session, session_of
from cli.deployed.function import invoke_action
from cli.item_keys import PartitionKey, SortKey
from cli.numbers import seconds_option
from cli.terminal import screen
from cli.user import user
from cli.watching.looks import wait_while

if TYPE_CHECKING:
    from cqrs.erasure.eraser import Eraser
    from cqrs.erasure.records import Erasure
    from cqrs.erasure.subjects import ItemSubject, Subject, TenantSubject
    from cqrs.services import Services

LOOK_SECONDS = 5.0
"""Between two looks at work that is waited for."""

NAMED = "Names the item in words of its own, and stays:"

By = Annotated[
    str, typer.Option(default_factory=user, help="Who has it erased.", show_default="you")
]
Reason = Annotated[
    str, typer.Option(help="Why; the record keeps it, so name nobody.", show_default=False)
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Count what there is, and erase nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Anyway = Annotated[
    bool, typer.Option("--anyway", help="Erase the exports even if nothing else is known of it.")
]
Wait = Annotated[
    float, seconds_option("Wait so many seconds for the end of work under way.", least=0)
]

group = typer.Typer(
    name="erase",
    help="Erase all that is kept of a tenant or an item, for good.",
    cls=CommandGroup,
    add_completion=False,
)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(group)
    app.command()(erasures)


@group.command("tenant")
def erase_tenant(
    context: typer.Context,
    tenant: Annotated[str, typer.Argument(help="Tenant code.", show_default=False)],
    by: By,
    reason: Reason = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    wait: Wait = 0,
) -> None:
    """Erase all data of a tenant from every store.

    Take the access away first from all who work for it. If this is killed, the same command goes
    on with it.
    """
    from cqrs.core.tenants import checked_tenant  # noqa: PLC0415 - the help needs none of it
    from cqrs.erasure.subjects import TenantSubject  # noqa: PLC0415

    subject = TenantSubject(checked(checked_tenant, tenant))
    _erase(session_of(context), subject, (by, reason), dry_run=dry_run, yes=yes, wait=wait)


@group.command("item")
def erase_item(
    context: typer.Context,
    pk: PartitionKey,
    sk: SortKey,
    by: By,
    reason: Reason = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    wait: Wait = 0,
    anyway: Anyway = False,
) -> None:
    """Erase an item: its data, history and commands, and what shows it.

    Exports of its tenant go too, as each holds all of it. So an item of which nothing else is known
    is refused, unless you say --anyway. Inputs of tasks, requests for approval
    and imported files name items in words of their own, and stay.
    """
    from cqrs.core.keys import ItemKey  # noqa: PLC0415 - the help needs none of it
    from cqrs.erasure.subjects import ItemSubject  # noqa: PLC0415

    subject = ItemSubject(checked(lambda given: ItemKey.checked(*given), (pk, sk)))
    how = {"dry_run": dry_run, "yes": yes, "anyway": anyway}
    _erase(session_of(context), subject, (by, reason), **how, wait=wait)


def erasures(context: typer.Context) -> None:
    """List what was erased, by whom, when and why; --json has all that was counted."""
    from cqrs.erasure.records import ErasureRecords  # noqa: PLC0415 - the help needs none of it

    session = session_of(context)
    records = ErasureRecords(session.connection.services.objects).all()
    rows = [_row(record) for record in sorted(records, key=lambda one: one.requested_at)]
    session.output.rows(
        "erasures", rows, ("requested_at", "status", "tenant", "item", "by", "reason", "erased")
    )


def _erase(
    session: Session,
    subject: TenantSubject | ItemSubject,
    asked: tuple[str, str],
    *,
    dry_run: bool,
    yes: bool,
    wait: float,
    anyway: bool = False,
) -> None:
    from cqrs.erasure.eraser import Eraser  # noqa: PLC0415 - the help needs none of it

    by, reason = asked
    if not dry_run:
        if not reason.strip() or not by.strip():
            raise typer.BadParameter("--reason is missing: the record of the erasure keeps it")
        refuse_without_answer(session, "erase", yes=yes)
    services = session.own_connection.services
    eraser = Eraser(services, subject, _BesideTables(services, subject))
    counts = None if yes and not dry_run else eraser.counts()
    if counts is not None and dry_run:
        _show_counts(session, subject, counts, eraser)
        return
    if not anyway:
        eraser.refuse_unknown(counts)
    if counts is not None and not _is_agreed(session, subject, counts):
        session.output.note("Nothing was erased.")
        raise typer.Exit(1)
    wait_while(eraser.work_under_way, wait, LOOK_SECONDS)
    erasure = eraser.begin(by, reason)
    console = session.output.progress()
    for name, count in eraser.run(erasure):
        console.print(f"{name}: {count}", highlight=False, markup=False)
    _finish(session, eraser, erasure, subject)


class _BesideTables:
    """Rows and documents of read models in places that the function alone knows."""

    def __init__(self, services: Services, subject: TenantSubject | ItemSubject) -> None:
        self._services = services
        self._subject = subject

    def count(self) -> int:
        return self._asked({"dry_run": True})

    def forget(self) -> int:
        return self._asked({})

    def _asked(self, how: dict[str, bool]) -> int:
        from cqrs.erasure.subjects import ItemSubject  # noqa: PLC0415 - of those who erase alone

        if isinstance(self._subject, ItemSubject):
            key = self._subject.key
            payload = {"pk": key.pk, "sk": key.sk, **how}
            return int(invoke_action(self._services, "forget_item", payload))
        payload = {"tenant": self._subject.tenant, **how}
        return int(invoke_action(self._services, "forget_tenant", payload))


def _show_counts(
    session: Session, subject: Subject, counts: dict[str, int], eraser: Eraser
) -> None:
    work = eraser.work_under_way()
    session.output.rows(
        f"entries of {subject}",
        [{"store": name, "entries": count} for name, count in counts.items()],
        ("store", "entries"),
        whole=("store",),
        notes=[
            *_unknown(eraser, counts),
            *(f"Under way, and to be waited for: {one}" for one in work),
            *(f"{NAMED} {one}" for one in eraser.mentions()),
        ],
    )


def _unknown(eraser: Eraser, counts: dict[str, int]) -> list[str]:
    from cqrs.erasure.eraser import NothingKnown  # noqa: PLC0415 - the help needs none of it

    try:
        eraser.refuse_unknown(counts)
    except NothingKnown as refusal:
        return [str(refusal)]
    return []


def _is_agreed(session: Session, subject: Subject, counts: dict[str, int]) -> bool:
    rows = [{"store": name, "entries": count} for name, count in counts.items() if count]
    session.output.rows(f"entries of {subject}", rows, ("store", "entries"), whole=("store",))
    session.output.note("\nAll of it is erased for good, and backups aside nothing restores it.")
    return screen.ask(f"Type the tenant's code to erase {subject}:").strip() == subject.tenant


def _finish(session: Session, eraser: Eraser, erasure: Erasure, subject: Subject) -> None:
    from cli.expiries import expiries  # noqa: PLC0415 - the help needs none of it
    from cqrs.erasure.dead_letters import LettersOfSubject  # noqa: PLC0415

    connection = session.own_connection
    untold = LettersOfSubject(connection.services).untold()
    eraser.finish(erasure, expiries(connection.environment, untold))
    mentions = eraser.mentions()
    if session.output.as_json:
        session.output.document({**_whole(erasure), "mentions": mentions})
        return
    rows = [{"store": name, "erased": count} for name, count in erasure.counts.items()]
    session.output.rows(f"entries of {subject}", rows, ("store", "erased"), whole=("store",))
    session.output.note("\nGone by the day that is named, at the latest:")
    session.output.rows("stores that expire", erasure.expires, ("until", "store", "why"))
    for one in mentions:
        session.output.note(screen.shown(f"{NAMED} {one}"))
    if untold:
        told = ", ".join(f"{count} of {source}" for source, count in untold.items())
        session.output.note(f"Look at the letters that do not tell whose they are: {told}.")


def _whole(erasure: Erasure) -> dict[str, Any]:
    return {name: value for name, value in erasure.to_mapping().items() if name != "done"}


def _row(record: Erasure) -> dict[str, Any]:
    named = {"tenant": record.subject.get("tenant"), "item": record.subject.get("item")}
    return {**_whole(record), **named, "erased": sum(record.counts.values())}
