"""Rebuilds and replays of read models, in memory."""

from __future__ import annotations

from datetime import datetime

import pytest

from cqrs import Application, Entry
from cqrs.core.keys import ItemKey
from cqrs.errors import NotFoundError, ValidationError
from cqrs.read_models.generations import GenerationRecords
from cqrs.read_models.places import Change, Generation
from cqrs.read_models.segment_work import SETTLE_SECONDS
from cqrs.resources import RUN_TASK
from cqrs.testing import MemoryEnvironment

PK = "BOOK#acme"


def application_with(*versions):
    application = Application()
    for version in versions:
        application.read_model("shelf", item_types=["BOOK"], version=version)(
            lambda item, version=version: Entry(
                f"{item.attributes['shelf']}{version}#{item.tenant}", item.sk, {}, item.name
            )
        )
    seen = application.seen = []
    application.sync_handler("audit", item_type="BOOK")(
        lambda command: seen.append((command.sk, command.version))
    )
    return application


@pytest.fixture
def environment():
    with MemoryEnvironment(application_with(1)) as opened:
        yield opened


def publish(environment, number, shelf="left", **options):
    key = environment.commands.publish(
        PK, f"BOOK#{number}", name=f"Book {number}", attributes={"shelf": shelf}, **options
    ).key
    environment.settle()
    return key


def on(environment, shelf, version=1):
    listed = environment.read_models.list_all("shelf", f"{shelf}{version}#acme")
    return [one.name for one in listed]


def runs(environment):
    return environment.services.read_model_runs


def finish(environment, name="shelf"):
    """Let a run come to its end: commands of before it settle, and all its work is done."""
    environment.advance(seconds=SETTLE_SECONDS + 5)
    environment.settle()
    return runs(environment).progress(name)


def finish_removal(environment):
    """Let the removal of a generation come to its end, which nobody can write by then."""
    environment.advance(seconds=environment.services.settings.function_timeout_seconds + 5)
    environment.settle()


def shown_by(environment, number):
    """Sort keys of the items that a generation knows."""
    place = environment.services.read_model_places.table
    keys = [item.key for item in environment.data.list_all(PK)]
    return sorted(key.sk for key in place.read(Generation("shelf", number, 1), keys))


def lose(environment):
    """Lose all entries and notes of the generation that is read."""
    living = environment.read_models.generations("shelf").living
    place = environment.services.read_model_places.table
    cursor, first = None, True
    while first or cursor is not None:
        first = False
        _, cursor = place.clear(living, (0, 1), cursor)


def test_a_rebuild_fills_another_generation_and_lets_it_be_read(environment):
    for number in range(7):
        publish(environment, number)
    lose(environment)
    assert on(environment, "left") == []

    begun = runs(environment).rebuild("shelf", segments=3)
    assert begun.phase == "fill"
    run = finish(environment)

    assert run.phase == "done", run
    assert len(on(environment, "left")) == 7
    assert run.counts["fill"]["written"] == 7
    shown = runs(environment).show("shelf")
    assert (shown["living"], shown["previous"]) == (
        {"generation": 2, "version": 1},
        {"generation": 1, "version": 1},
    )


def test_equal_generations_are_counted_as_equal(environment):
    for number in range(3):
        publish(environment, number)
    publish(environment, 1, is_deleted=True)

    runs(environment).rebuild("shelf")
    run = finish(environment)

    verified = run.counts["verify"]
    assert (verified["equal"], verified["shown"], verified["hidden"]) == (3, 2, 1)
    assert verified["checksum"] == verified["living_checksum"] > 0
    assert len(on(environment, "left")) == 2


def test_commands_reach_both_generations_while_it_is_filled(environment):
    publish(environment, 1)
    runs(environment).rebuild("shelf", hold=True)
    publish(environment, 1, "right")
    publish(environment, 2, "right")
    run = finish(environment)
    assert run.phase == "ready"

    assert len(on(environment, "right")) == 2
    publish(environment, 3, "right")
    runs(environment).cut_over("shelf")

    assert len(on(environment, "right")) == 3
    publish(environment, 4, "right")
    runs(environment).roll_back("shelf")
    assert len(on(environment, "right")) == 4, "the one before got it as well"


def test_another_version_is_filled_beside_the_one_that_is_read():
    environment_of = MemoryEnvironment(application_with(1))
    with environment_of as environment:
        publish(environment, 1)
    with MemoryEnvironment(application_with(1, 2)) as environment:
        publish(environment, 1)
        assert on(environment, "left") == ["Book 1"]

        runs(environment).rebuild("shelf")
        finish(environment)

        assert on(environment, "left", version=2) == ["Book 1"]
        runs(environment).roll_back("shelf")
        assert on(environment, "left", version=1) == ["Book 1"]


def test_what_differs_waits_for_the_word(environment):
    publish(environment, 1)
    living = environment.read_models.generations("shelf").living
    place = environment.services.read_model_places.table
    place.write(
        living, [Change(ItemKey(PK, "BOOK#1"), 1, [Entry("left1#acme", "odd")])], again=True
    )

    runs(environment).rebuild("shelf")
    run = finish(environment)

    assert run.phase == "ready"
    assert run.counts["verify"]["different"] == 1
    assert "BOOK#1: differs" in run.examples[0]
    runs(environment).cut_over("shelf")
    assert on(environment, "left") == ["Book 1"]


def test_a_command_that_was_under_way_at_the_beginning_is_caught_up(environment):
    """Its handler had run before, and its data are written after all has been filled."""
    key = environment.commands.publish(PK, "BOOK#1", name="Late", attributes={"shelf": "left"}).key
    environment.read_models.apply("shelf", environment.commands.get(key))
    runs(environment).rebuild("shelf")
    run = finish(environment)

    assert run.phase == "done"
    assert on(environment, "left") == ["Late"]


def test_a_rebuild_goes_on_where_it_died(environment, monkeypatch):
    for number in range(6):
        publish(environment, number)
    monkeypatch.setattr("cqrs.read_models.segment_work.PAGE_ITEMS", 1)
    runs(environment).rebuild("shelf", segments=2)

    for is_after in (True, False, True, False, True):
        environment.faults.die_in("iterator", after=is_after)
        environment.advance(seconds=1)
        assert runs(environment).rebuild("shelf").round
    run = finish(environment)

    assert run.phase == "done"
    assert (run.counts["fill"]["read"], run.counts["verify"]["read"]) == (6, 6)


def test_a_new_generation_is_ended_and_removed(environment):
    publish(environment, 1)
    runs(environment).rebuild("shelf", hold=True)
    finish(environment)

    removal = runs(environment).cancel("shelf")
    finish_removal(environment)
    run = runs(environment).progress("shelf", removal.id)

    assert (run.kind, run.phase, run.counts["clear"]["removed"]) == ("drop", "done", 2)
    assert environment.read_models.generations("shelf").building is None
    with pytest.raises(ValidationError, match="No rebuild of shelf is under way"):
        runs(environment).cancel("shelf")


def test_the_generation_before_is_dropped(environment):
    publish(environment, 1)
    runs(environment).rebuild("shelf")
    finish(environment)

    runs(environment).drop("shelf")
    assert shown_by(environment, 1) == ["BOOK#1"], "somebody may still write it"
    finish_removal(environment)

    assert shown_by(environment, 1) == []
    generations = environment.read_models.generations("shelf")
    assert (generations.previous, generations.left) == (None, ())
    with pytest.raises(ValidationError, match="no generation to go back to"):
        runs(environment).roll_back("shelf")
    assert on(environment, "left") == ["Book 1"]


def test_generations_that_nobody_can_go_back_to_are_removed(environment):
    publish(environment, 1)
    for _ in range(3):
        runs(environment).rebuild("shelf")
        assert finish(environment).phase == "done"
    finish_removal(environment)

    shown = [shown_by(environment, number) for number in range(1, 5)]
    assert shown == [[], [], ["BOOK#1"], ["BOOK#1"]]
    assert environment.read_models.generations("shelf").left == ()
    assert runs(environment).progress("shelf").kind == "rebuild"


def rebuilt(environment):
    """Generation 2 is read, and 1 was read before."""
    publish(environment, 1)
    runs(environment).rebuild("shelf")
    assert finish(environment).phase == "done"


def numbers(environment):
    """Of the generations that are read, were read before, and are filled."""
    now = environment.read_models.generations("shelf")
    return [one and one.number for one in (now.living, now.previous, now.building)]


def test_the_generation_that_is_meant_is_dropped_or_none(environment):
    rebuilt(environment)
    runs(environment).roll_back("shelf", generation=1)

    with pytest.raises(
        ValidationError,
        match=r"Generation 1 of shelf is not the one that was read before\. "
        r"Now generation 1 is read, 2 was read before\.",
    ):
        runs(environment).drop("shelf", generation=1)
    assert numbers(environment) == [1, 2, None]

    assert runs(environment).drop("shelf", generation=2).plan.generation.number == 2
    with pytest.raises(
        ValidationError, match=r"Generation 2 .* before\. Now generation 1 is read\."
    ):
        runs(environment).drop("shelf", generation=2)


def test_two_who_roll_back_to_one_generation_do_it_once(environment):
    rebuilt(environment)
    runs(environment).roll_back("shelf", generation=1)

    with pytest.raises(ValidationError, match=r"Generation 1 of shelf is not the one .* before"):
        runs(environment).roll_back("shelf", generation=1)
    assert numbers(environment) == [1, 2, None]


def test_the_rebuild_that_is_meant_is_ended_or_none(environment):
    runs(environment).rebuild("shelf")
    runs(environment).cancel("shelf", generation=2)
    newer = runs(environment).rebuild("shelf", hold=True)

    with pytest.raises(
        ValidationError,
        match=r"Generation 2 of shelf is not being filled\. Now generation 1 is read, 3 is filled",
    ):
        runs(environment).cancel("shelf", generation=2)
    assert finish(environment).id == newer.id
    with pytest.raises(ValidationError, match="Generation 2 of shelf is not being filled"):
        runs(environment).cut_over("shelf", generation=2)
    assert numbers(environment) == [1, None, 3]

    runs(environment).cut_over("shelf", generation=3)
    with pytest.raises(ValidationError, match=r"it is at done\. Now generation 3 is read"):
        runs(environment).cut_over("shelf", generation=3)
    assert numbers(environment) == [3, 1, None]


def test_the_rebuild_that_is_meant_goes_on_or_none_begins(environment):
    begun = runs(environment).rebuild("shelf")
    assert runs(environment).rebuild("shelf", generation=2).id == begun.id

    runs(environment).cancel("shelf")
    with pytest.raises(ValidationError, match="Generation 2 of shelf is not being filled"):
        runs(environment).rebuild("shelf", generation=2)
    assert numbers(environment) == [1, None, None]


@pytest.mark.parametrize("act", ["drop", "roll_back"])
def test_nothing_comes_between_the_look_and_the_change(environment, monkeypatch, act):
    rebuilt(environment)
    look = GenerationRecords.of

    def look_late(records, model):
        seen = look(records, model)
        monkeypatch.undo()
        records.roll_back(model.name)
        return seen

    monkeypatch.setattr(GenerationRecords, "of", look_late)
    with pytest.raises(ValidationError, match="Now generation 1 is read, 2 was read before"):
        getattr(runs(environment), act)("shelf", generation=1)
    assert numbers(environment) == [1, 2, None]


def test_a_rebuild_that_began_after_the_look_is_not_ended(environment, monkeypatch):
    runs(environment).rebuild("shelf")
    look = GenerationRecords.of

    def look_late(records, model):
        seen = look(records, model)
        monkeypatch.undo()
        runs(environment).cancel("shelf")
        runs(environment).rebuild("shelf", hold=True)
        return seen

    monkeypatch.setattr(GenerationRecords, "of", look_late)
    with pytest.raises(ValidationError, match="Generation 2 of shelf is not being filled"):
        runs(environment).cancel("shelf", generation=2)
    assert finish(environment).phase == "ready"
    assert numbers(environment) == [1, None, 3]


def test_a_removal_that_nobody_has_begun_is_begun_by_the_next_rebuild(environment):
    publish(environment, 1)
    runs(environment).rebuild("shelf")
    finish(environment)
    records = GenerationRecords(
        environment.services.store, environment.services.settings.read_models_table
    )
    records.leave("shelf", "previous", Generation("shelf", 1, 1))

    runs(environment).rebuild("shelf")
    finish(environment)
    finish_removal(environment)

    assert shown_by(environment, 1) == []


def test_what_is_filled_while_a_rebuild_is_ended_is_removed_too(environment):
    publish(environment, 1)
    publish(environment, 2)
    begun = runs(environment).rebuild("shelf", hold=True)
    runs(environment).cancel("shelf")
    place = environment.services.read_model_places.table
    late = Change(ItemKey(PK, "BOOK#1"), 1, [Entry("left1#acme", "late")])
    written = []
    # An invocation that has not heard of it goes on.
    environment._clock.at(
        environment.services.settings.function_timeout_seconds - 5,
        lambda: written.append(place.write(begun.plan.generation, [late])),
    )
    finish_removal(environment)

    assert written == [1]
    assert shown_by(environment, 2) == []
    assert runs(environment).show("shelf")["building"] is None


def test_a_rebuild_under_way_is_told_before_what_came_after_it(environment):
    publish(environment, 1)
    rebuild = runs(environment).rebuild("shelf", hold=True)
    finish(environment)
    replay = runs(environment).replay("shelf")
    environment.settle()

    assert runs(environment).progress("shelf").id == rebuild.id
    assert runs(environment).progress("shelf", replay.id).kind == "replay"
    with pytest.raises(NotFoundError, match="There is no run 'nobody' of shelf"):
        runs(environment).progress("shelf", "nobody")


def test_a_small_table_is_read_at_the_rate_too(environment):
    for number in range(40):
        publish(environment, number)

    runs(environment).rebuild("shelf", segments=1, rate=2, hold=True)
    environment.advance(seconds=120)
    run = runs(environment).progress("shelf")

    # Forty items are read twice.
    assert (run.phase, run.counts["fill"]["read"]) == ("ready", 40)
    taken = datetime.fromisoformat(run.phase_at) - datetime.fromisoformat(run.begun_at)
    assert taken.total_seconds() >= 39


def test_history_is_shown_version_by_version():
    application = Application()
    told = []
    application.read_model("shelf", item_types=["BOOK"])(
        lambda item: told.append(item.version) or Entry(f"left1#{item.tenant}", item.sk)
    )
    with MemoryEnvironment(application) as environment:
        for _ in range(3):
            publish(environment, 1, f"shelf {_}")
        told.clear()

        runs(environment).rebuild("shelf", from_history=True, hold=True)
        environment.settle()

        assert told[:3] == [1, 2, 3]


def test_one_item_is_replayed_at_once(environment):
    publish(environment, 1)
    lose(environment)

    assert runs(environment).replay_item("shelf", ItemKey(PK, "BOOK#1")) == 1
    assert on(environment, "left") == ["Book 1"]
    with pytest.raises(NotFoundError, match="There is no item BOOK#acme BOOK#2"):
        runs(environment).replay_item("shelf", ItemKey(PK, "BOOK#2"))


def test_a_sync_handler_gets_the_items_again(environment):
    publish(environment, 1)
    publish(environment, 1, "right")
    environment.application.seen.clear()

    runs(environment).replay("audit", types=["BOOK"])
    environment.settle()

    assert environment.application.seen == [("BOOK#1", 2)]


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        ({"tenant": "acme"}, 2),
        ({"tenant": "other"}, 0),
        ({"since": "2999-01-01T00:00:00+01:00"}, 0),
        ({}, 2),
    ],
)
def test_a_replay_takes_the_chosen_items(environment, chosen, count):
    publish(environment, 1)
    publish(environment, 2)

    runs(environment).replay("shelf", **chosen)
    environment.settle()

    run = runs(environment).progress("shelf")
    assert (run.phase, run.counts["fill"].get("read", 0)) == ("done", count)


def test_what_cannot_be_begun_is_refused(environment):
    with pytest.raises(NotFoundError, match="No read model is called 'self'"):
        runs(environment).rebuild("self")
    with pytest.raises(ValidationError, match="segments is 65; it must be 1 to 64"):
        runs(environment).rebuild("shelf", segments=65)
    with pytest.raises(ValidationError, match="since is 'yesterday'; it must be a time"):
        runs(environment).replay("shelf", since="yesterday")
    with pytest.raises(ValidationError, match="shows no CAR; it shows BOOK"):
        runs(environment).replay("shelf", types=["CAR"])
    with pytest.raises(ValidationError, match="No rebuild of shelf waits to be read"):
        runs(environment).cut_over("shelf")


def test_two_rebuilds_are_one(environment):
    publish(environment, 1)
    first = runs(environment).rebuild("shelf")

    assert runs(environment).rebuild("shelf").id == first.id
    records = GenerationRecords(
        environment.services.store, environment.services.settings.read_models_table
    )
    with pytest.raises(ValidationError, match="Another rebuild of shelf is under way"):
        records.begin(environment.services.read_model_registry.get("shelf"))


def test_only_the_runtime_makes_the_tasks_of_runs(environment):
    with pytest.raises(ValidationError, match="No handler is registered"):
        environment.services.tasks.create_task(RUN_TASK, {}, "acme")

    runs(environment).rebuild("shelf")
    assert finish(environment).phase == "done"
