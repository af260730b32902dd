"""Read models in SQL on a real PostgreSQL, and their statements as Aurora DSQL takes them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from app.airports_by_place import QUERY, TABLE
from cli.migrating.migration import migrate
from cli.migrating.statements import form_of, statements_from
from cqrs import Application
from cqrs.core.keys import ItemKey
from cqrs.errors import ConfigurationError, TransientError, ValidationError
from cqrs.read_models import database as database_module
from cqrs.read_models import sql_statements
from cqrs.read_models.database import Database
from cqrs.read_models.places import Change, Generation
from cqrs.read_models.sql_place import ROWS, SqlPlace
from cqrs.read_models.sql_tables import SqlTable
from cqrs.read_models.sql_target import Engine, SqlTarget
from cqrs.read_models.sql_tokens import iam_token
from cqrs.resources import Table
from stacks.options.read_models import SqlOptions
from tooling.postgres import PostgreSql

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
KEY = ItemKey("AIRPORT#acme", "AIRPORT#KIX")
FIRST, SECOND = (Generation("airports_by_place", number, 1) for number in (1, 2))


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgreSql]:
    with PostgreSql() as started:
        yield started


@pytest.fixture
def database(postgres: PostgreSql) -> Iterator[Database]:
    target = SqlTarget(engine=Engine.URL, url=postgres.url)
    made = Database(target, lambda _: "")
    migrate(made, target, lambda _: None)
    made.run("DELETE FROM airports_by_place")
    yield made
    made.close()


@pytest.fixture
def place(database: Database) -> SqlPlace:
    return SqlPlace(database, TABLE)


def write(place, version, name=None, *, again=False, forgotten=False, generation=FIRST):
    shown = None if name is None else place.checked({"name": name, "latitude": Decimal("1.5")})
    change = Change(KEY, version, shown, is_forgotten=forgotten)
    return place.write(generation, [change], again=again)


def name_in(database, generation=1):
    rows = database.run("SELECT name FROM airports_by_place WHERE generation = :g", g=generation)
    return [row[0] for row in rows]


def test_an_older_version_changes_nothing(place, database):
    assert write(place, 2, "second") == 1
    assert write(place, 1, "first") == 0
    assert write(place, 1, "first", again=True) == 0
    assert write(place, 2, "other") == 0
    assert name_in(database) == ["second"]


def test_the_same_version_is_written_again_on_demand(place, database):
    write(place, 2, "second")

    assert write(place, 2, "mended", again=True) == 1
    assert name_in(database) == ["mended"]


def test_a_deletion_leaves_a_tombstone_that_an_older_version_does_not_lift(place, database):
    write(place, 1, "first")
    write(place, 2)

    assert write(place, 1, "first", again=True) == 0
    assert name_in(database) == [None]
    assert place.read(FIRST, [KEY])[KEY].digest == ""


def test_what_is_forgotten_stays_so(place, database):
    write(place, 2, "second")
    assert write(place, 2, forgotten=True) == 1

    assert write(place, 2, "second", again=True) == 0
    assert name_in(database) == [None]
    assert write(place, 3, "third") == 1


def test_generations_lie_beside_each_other(place, database):
    write(place, 2, "second")
    write(place, 1, "first", generation=SECOND)

    assert (name_in(database, 1), name_in(database, 2)) == (["second"], ["first"])
    removed, cursor = place.clear(FIRST, (0, 4), None)
    assert (removed, place.clear(FIRST, (0, 4), cursor)) == (1, (0, None))
    assert (name_in(database, 1), name_in(database, 2)) == ([], ["first"])


def test_many_rows_are_written_and_read_in_few_statements(place):
    keys = [ItemKey("AIRPORT#acme", f"AIRPORT#{number}") for number in range(2 * ROWS + 1)]
    changes = [Change(key, 1, {"name": key.sk}) for key in keys]

    assert place.write(FIRST, changes) == len(keys)
    assert len({shown.digest for shown in place.read(FIRST, keys).values()}) == len(keys)


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (["text"], "by a dict of its columns"),
        ({"colour": "red"}, "gave the column 'colour'"),
        ({"name": ["a"]}, "a row takes text, numbers"),
        ({"name": "a\0b"}, "zero character"),
    ],
)
def test_what_is_no_row_is_refused(place, shown, said):
    with pytest.raises(ValidationError, match=said):
        place.checked(shown)


def test_a_value_that_the_database_refuses_is_the_items_own_fault(place):
    with pytest.raises(ValidationError, match="refused it"):
        place.write(FIRST, [Change(KEY, 1, {"latitude": "north"})])


# A database that is away


@pytest.mark.parametrize(("text", "said"), [("\ud800", "not Unicode text"), ("a\0b", "U\\+0000")])
def test_text_that_the_database_has_not_is_refused(database, text, said):
    with pytest.raises(ValidationError, match=f"^The parameter text of a statement .*{said}"):
        database.run("SELECT CAST(:text AS text)", text=text)

    assert database.run("SELECT CAST(:text AS text)", text="next") == [["next"]]


class Unsayable:
    """A value that the driver cannot write, as it finds out in the middle of a statement."""

    def __str__(self):
        raise KeyboardInterrupt


def test_nobody_is_given_the_answer_to_what_was_sent_by_half(database):
    with pytest.raises(KeyboardInterrupt):
        database.run("SELECT CAST(:text AS text)", text=Unsayable())

    for number in range(3):
        assert database.run("SELECT CAST(:n AS integer)", n=number) == [[number]]


def test_a_connection_that_was_cut_is_opened_again(postgres, database):
    other = Database(SqlTarget(engine=Engine.URL, url=postgres.url), lambda _: "")
    database.run("SELECT 1")
    other.run(CUT)

    try:
        rows = database.run("SELECT 2")
    except TransientError:
        rows = database.run("SELECT 2")
    other.close()
    assert list(rows[0]) == [2]


def test_a_connection_is_tried_after_a_freeze(postgres, database, monkeypatch):
    other = Database(SqlTarget(engine=Engine.URL, url=postgres.url), lambda _: "")
    database.run("SELECT 1")
    other.run(CUT)
    other.close()
    later = time.time() + 60
    monkeypatch.setattr(database_module.time, "time", lambda: later)

    assert list(database.run("SELECT 2")[0]) == [2]


def test_a_database_that_is_away_is_worth_another_try():
    with PostgreSql() as server:
        database = Database(SqlTarget(engine=Engine.URL, url=server.url), lambda _: "")
        database.run("SELECT 1")
        server.stop()

        with pytest.raises(TransientError, match=r"does not answer.*Commands wait for it"):
            database.run("SELECT 1")
        server.start()
        assert list(database.run("SELECT 1")[0]) == [1]
        with pytest.raises(TransientError, match=r"not migrated.*cqrs read-model migrate"):
            database.run("SELECT * FROM airports_by_place")


@pytest.mark.parametrize("code", ["40001", "40P01"])
def test_a_statement_that_meets_another_is_repeated(code):
    answers = [{"C": code, "M": "change conflicts with another transaction (OC000)"}] * 3
    database = Database(SqlTarget(engine=Engine.URL), lambda _: "")

    def asked(_statement, _parameters):
        if answers:
            raise database_module.DatabaseError(answers.pop())
        return [[1]], 1

    database._asked = asked
    assert database.run("SELECT 1") == [[1]]
    answers.extend([{"C": code, "M": "OC000"}] * database_module.ATTEMPTS)
    with pytest.raises(TransientError, match="busy 8 times in a row: OC000"):
        database.run("SELECT 1")


# The part of SQL that Aurora DSQL takes

EMITTED = [
    *statements_from(None, Engine.DSQL),
    sql_statements.create_table(TABLE),
    *(sql_statements.upsert(TABLE, 2, again=a, forgotten=f) for a in (0, 1) for f in (0, 1)),
    sql_statements.read(TABLE, 2),
    sql_statements.clear(TABLE),
    sql_statements.clear_tenant(TABLE),
    sql_statements.count_tenant(TABLE),
    sql_statements.next_generation(TABLE),
    sql_statements.clear_item(TABLE),
    sql_statements.count_item(TABLE),
    QUERY,
]


@pytest.mark.parametrize("statement", EMITTED)
def test_all_that_is_emitted_is_of_that_part(statement):
    form_of(statement, Engine.DSQL)
    assert ";" not in statement, "each is a transaction of its own"


def test_indexes_are_made_asynchronously_on_dsql_alone():
    on_dsql = [one for one in statements_from(None, Engine.DSQL) if "INDEX" in one]
    elsewhere = [one for one in statements_from(None, Engine.POSTGRESQL) if "INDEX" in one]

    assert len(on_dsql) == len(elsewhere) == 2
    assert all(one.startswith("CREATE INDEX ASYNC IF NOT EXISTS ") for one in on_dsql)
    assert all(one.startswith("CREATE INDEX IF NOT EXISTS ") for one in elsewhere)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES c (d)", "foreign keys"),
        ("CREATE TABLE a (b integer REFERENCES c)", "foreign keys"),
        ("CREATE EXTENSION postgis", "extensions"),
        ("TRUNCATE a", "TRUNCATE"),
        ("SAVEPOINT a", "savepoints"),
        ("CREATE TABLE a (b SERIAL)", "sequences"),
        ("CREATE SEQUENCE a", "sequences"),
        ("CREATE TABLE a (b jsonb)", "columns of JSON"),
        ("CREATE INDEX a ON b (c DESC)", "no ASC or DESC"),
        ("CREATE INDEX a ON b USING gin (c)", "other indexes than btree"),
        ("CREATE MATERIALIZED VIEW a AS SELECT 1", "materialized views"),
    ],
)
@pytest.mark.parametrize("engine", [Engine.DSQL, Engine.POSTGRESQL])
def test_what_dsql_does_not_take_is_refused_everywhere(statement, said, engine):
    with pytest.raises(ValidationError, match=said):
        form_of(statement, engine)


def test_the_sample_is_migrated_as_it_is_declared():
    made = " ".join(statements_from(None, Engine.POSTGRESQL)).replace("IF NOT EXISTS ", "")

    assert sql_statements.create_table(TABLE) in made
    assert all(statement in made for statement in sql_statements.create_indexes(TABLE))


def test_a_migration_that_ended_in_its_middle_is_run_again(database):
    database.run("DELETE FROM alembic_version")
    target = SqlTarget(engine=Engine.URL)

    ran = migrate(database, target, lambda _: None)

    assert "airports_by_place" in " ".join(ran)
    assert migrate(database, target, lambda _: None) == []


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (("Airports", {"name": "text"}), "cannot name a table"),
        (("airports", {"na me": "text"}), "cannot name a table or column"),
        (("airports", {"name": "jsonb"}), "it must be one of"),
        (("airports", {"version": "integer"}), "has the column version by itself"),
        (("airports", {"name": "text"}, [["nam"]]), "An index of table airports names"),
    ],
)
def test_a_table_that_cannot_be_is_refused(table, said):
    with pytest.raises(ConfigurationError, match=said):
        SqlTable(*table)


# Logins


class Signer:
    """Clients that sign as the SDK's would be asked to."""

    @property
    def dsql(self):
        return self

    rds = dsql

    def generate_db_connect_auth_token(self, *given):
        return ("connect", *given)

    def generate_db_connect_admin_auth_token(self, *given):
        return ("admin", *given)

    def generate_db_auth_token(self, *given, Region):  # noqa: N803 - the SDK's name
        return ("rds", *given, Region)


@pytest.mark.parametrize(
    ("engine", "user", "token"),
    [
        (Engine.DSQL, "cqrs", ("connect", "h", "r")),
        (Engine.DSQL, "admin", ("admin", "h", "r")),
        (Engine.POSTGRESQL, "cqrs", ("rds", "h", 5432, "cqrs", "r")),
    ],
)
def test_a_login_is_a_token_of_iam(engine, user, token):
    target = SqlTarget(engine=engine, host="h", user=user, region="r")

    assert iam_token(Signer(), target) == str(token)
    assert SqlTarget.parse(target.to_document()) == target


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"engine": "dsql"}, "cluster_id must be given"),
        ({"engine": "postgresql", "host": "a.b"}, "resource_id must be given"),
        ({"cluster_id": "a" * 26}, "cluster_id does not belong to engine"),
        ({"engine": "dsql", "cluster_id": "a" * 26, "database": "other"}, "remove the keys"),
        ({"engine": "dsql", "cluster_id": "short"}, "match pattern"),
    ],
)
def test_a_database_that_cannot_be_is_refused(options, said):
    with pytest.raises(ValueError, match=said):
        SqlOptions.model_validate(options)


def test_a_tenant_is_removed_and_its_neighbours_are_not(place, database):
    write(place, 2, "second")
    write(place, 1, "first", generation=SECOND)
    other = Change(ItemKey("AIRPORT#acme2", KEY.sk), 1, {"name": "theirs"})
    place.write(FIRST, [other])

    assert place.clear_tenant("acme") == 2
    assert name_in(database) == ["theirs"]
    assert name_in(database, 2) == []


# Erasures


@pytest.fixture
def application(postgres, settings, clients):
    document = SqlTarget(engine=Engine.URL, url=postgres.url).to_document()
    made = Application(replace(settings, sql_database=document), clients)

    @made.read_model("airports_by_place", item_types=["AIRPORT"], place=TABLE)
    def airports(item):
        return {"name": item.name}

    return made


def publish(application, name):
    key = application.services.commands.publish_sync(KEY.pk, KEY.sk, name=name, attributes={}).key
    application.read_models.apply("airports_by_place", application.services.commands.get(key))
    return key.version


def erase(application):
    for table in (Table.DATA, Table.HISTORY, Table.COMMANDS):
        name = application.services.settings.table(table)
        for version in ("", "@1", "@2"):
            application.services.store.delete(name, KEY.pk, f"{KEY.sk}{version}")
    return application.read_models.forget_beside_table(KEY)


@pytest.mark.moto_tables
def test_an_item_that_is_published_after_its_erasure_is_shown(application, database):
    for name in ("first", "second"):
        publish(application, name)

    assert erase(application) == 1
    assert name_in(database) == []
    assert publish(application, "third") == 1
    assert name_in(database) == ["third"]


@pytest.mark.moto_tables
def test_an_item_is_erased_from_generations_that_nobody_lists(application, place, database):
    publish(application, "first")
    write(place, 1, "second", generation=SECOND)
    write(place, 1, "ninth", generation=Generation("airports_by_place", 9, 1))
    neighbours = [
        Change(ItemKey(pk, sk), 1, {"name": "theirs"})
        for pk, sk in ((f"{KEY.pk}2", KEY.sk), (KEY.pk, f"{KEY.sk}2"))
    ]
    place.write(SECOND, neighbours)

    assert application.read_models.forget_beside_table(KEY, dry_run=True) == 3
    assert name_in(database, 9) == ["ninth"]
    assert application.read_models.forget_beside_table(KEY) == 3
    assert [name_in(database, number) for number in (1, 2, 9)] == [[], ["theirs"] * 2, []]
    assert application.read_models.forget_beside_table(KEY) == 0


@pytest.mark.moto_tables
def test_the_rows_of_a_tenant_are_counted_and_left(application, place, database):
    publish(application, "first")
    write(place, 1, "second", generation=SECOND)

    assert application.read_models.forget_tenant("acme", dry_run=True) == 2
    assert application.read_models.forget_tenant("acme2", dry_run=True) == 0
    assert name_in(database) == ["first"]
    assert application.read_models.forget_tenant("acme") == 2
