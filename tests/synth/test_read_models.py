"""The database of read models in the synthesised stacks."""

from __future__ import annotations

import zipfile

import pytest

from stacks.environment.file import EnvironmentFileError, load
from stacks.function.package import write_package_for
from stacks.function.permissions import handler_statements

CLUSTER = "a" * 26
COMMON = 'application = "cqrs"\nregion = "ap-northeast-1"\n'
AWS = 'account_id = "111111111111"\n'
DSQL = f'[read_models.sql]\nengine = "dsql"\ncluster_id = "{CLUSTER}"\n'
RDS = (
    '[read_models.sql]\nengine = "postgresql"\nhost = "a.rds.amazonaws.com"\n'
    'resource_id = "cluster-ABC"\nca_bundle = "app/rds.pem"\n'
)


def environment(tmp_path, text, variables=None):
    (tmp_path / "common.toml").write_text(COMMON)
    (tmp_path / "sql.toml").write_text(text)
    return load("sql", tmp_path, variables or {})


def login(made):
    statements = {one.sid: one for one in handler_statements(made, "log")}
    found = statements.get("LogInToDatabase")
    return None if found is None else (found.actions, found.resources)


def test_the_function_logs_in_to_dsql_as_one_role_and_without_a_password(tmp_path):
    made = environment(tmp_path, AWS + DSQL)

    assert login(made) == (
        ("dsql:DbConnect",),
        (f"arn:aws:dsql:ap-northeast-1:111111111111:cluster/{CLUSTER}",),
    )
    document = made.settings().sql_database
    assert f'"host":"{CLUSTER}.dsql.ap-northeast-1.on.aws"' in document
    assert "password" not in document


def test_the_function_logs_in_to_postgresql_as_one_role(tmp_path):
    made = environment(tmp_path, AWS + RDS)

    assert login(made) == (
        ("rds-db:connect",),
        ("arn:aws:rds-db:ap-northeast-1:111111111111:dbuser:cluster-ABC/cqrs",),
    )
    assert '"ca_bundle":"app/rds.pem"' in made.settings().sql_database


def test_an_environment_without_a_database_has_no_login(tmp_path):
    made = environment(tmp_path, AWS, {"DATABASE_URL": "postgresql://a@b/c"})

    assert login(made) is None
    assert made.settings().sql_database == ""


def test_a_laptops_database_is_named_by_a_variable(tmp_path):
    local = AWS + 'endpoint = "http://localhost:4566"\ndialect = "emulator"\n'
    url = "postgresql://a:b@127.0.0.1/c"

    assert url in environment(tmp_path, local, {"DATABASE_URL": url}).settings().sql_database
    with pytest.raises(EnvironmentFileError, match="an emulator has no database"):
        environment(tmp_path, local + DSQL)


def test_the_package_has_the_driver_only_for_a_database():
    def names(path):
        with zipfile.ZipFile(path) as archive:
            return {name.split("/")[0] for name in archive.namelist()}

    assert "pg8000" not in names(write_package_for("emulator"))
    with_sql = names(write_package_for("emulator", sql=True))
    assert {"pg8000", "scramp", "asn1crypto"} <= with_sql
    assert "sqlalchemy" not in with_sql
