"""The ends of a request: done, to be repeated, or refused."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.loaders
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, NoCredentialsError, UnknownServiceError

import cli.deployed.function
from cli.deployed.function import invoke
from cqrs.aws.bare_session import BareSession
from cqrs.aws.clients import send, send_once
from cqrs.errors import Throttled, TransientError, Unreachable, ValidationError
from tests.unit.answering import Answering, listening

MULTI_REGION = "arn:aws:s3::000000000000:accesspoint:mfzwi23gnjvgw.mrap"
FOREIGN_REGION = "arn:aws-cn:s3:cn-north-1:000000000000:accesspoint:x"


def client(service: str, endpoint: str | None = None, **more: Any) -> Any:
    credentials = {"aws_access_key_id": "x", "aws_secret_access_key": "x", **more}
    return boto3.session.Session(region_name="ap-northeast-1").client(
        service,
        endpoint_url=endpoint,
        config=Config(retries={"total_max_attempts": 1}),
        **credentials,
    )


def refusing(code: str, status: int) -> Any:
    response: Any = {
        "Error": {"Code": code, "Message": code},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }

    def refuse(**_request: Any) -> None:
        raise ClientError(response, "Invoke")

    return SimpleNamespace(invoke=refuse)


@pytest.mark.parametrize("bucket", [MULTI_REGION, FOREIGN_REGION, "a b", ""])
def test_a_request_that_cannot_be_made_is_refused(bucket):
    with pytest.raises(ValidationError, match="head_bucket cannot be asked so"):
        send(client("s3", "http://127.0.0.1:9"), "head_bucket", Bucket=bucket)


@pytest.mark.parametrize("page", ["<html>", "<a", "\0"])
def test_what_is_no_answer_of_aws_may_be_one_the_next_time(page):
    with listening(Answering(None, page=page)) as place, pytest.raises(Unreachable):
        send(client("sts", place.url), "get_caller_identity")


def test_credentials_that_are_missing_are_told_as_such(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    nobody = boto3.session.Session(region_name="ap-northeast-1").client(
        "dynamodb", endpoint_url="http://127.0.0.1:9"
    )

    with pytest.raises(NoCredentialsError):
        send(nobody, "list_tables")


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("TooManyRequestsException", 429, Throttled),
        ("ThrottlingException", 400, Throttled),
        ("ServiceException", 500, TransientError),
        ("AccessDeniedException", 403, ClientError),
    ],
)
def test_what_is_throttled_is_told_from_what_failed(code, status, kind):
    with pytest.raises(kind) as raised:
        send_once(refusing(code, status), "invoke")

    assert type(raised.value) is kind


class TestBareSession:
    """The function's own, which looks for no service but those that it is asked for."""

    SERVICES = ("dynamodb", "stepfunctions", "dynamodbstreams", "s3", "sns", "sqs", "lambda")

    def test_its_clients_are_those_of_boto3(self):
        sessions = (BareSession(), boto3.session.Session())
        ours, theirs = (
            [session.client(name, region_name="ap-northeast-1") for name in self.SERVICES]
            for session in sessions
        )

        assert [self.abilities(client) for client in ours] == [
            self.abilities(client) for client in theirs
        ]

    def abilities(self, client: Any) -> tuple[Any, ...]:
        operations = sorted(client.meta.method_to_api_mapping)
        paginated = [name for name in operations if client.can_paginate(name)]
        return operations, paginated, client.waiter_names, client.meta.endpoint_url

    def test_a_service_that_does_not_exist_is_told_as_such(self):
        with pytest.raises(UnknownServiceError, match="dynamo"):
            BareSession().client("dynamo", region_name="ap-northeast-1")

    def test_the_folders_of_other_services_are_not_looked_at(self, monkeypatch):
        listed: list[str] = []
        listdir = botocore.loaders.os.listdir

        def noting(folder: str) -> list[str]:
            listed.append(folder)
            return listdir(folder)

        session = BareSession()
        monkeypatch.setattr(botocore.loaders.os, "listdir", noting)
        session.client("dynamodb", region_name="ap-northeast-1")

        assert listed
        assert all(Path(folder).name == "dynamodb" for folder in listed)


class TestInvocation:
    """Of the function by the command line."""

    @pytest.fixture(autouse=True)
    def soon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cli.deployed.function, "PAUSE_SECONDS", 0.01)

    def services(self, functions: Any) -> Any:
        clients = SimpleNamespace(lambda_=functions)
        return SimpleNamespace(clients=clients, settings=SimpleNamespace(function_name="main"))

    def test_it_waits_while_others_use_the_functions_concurrency(self):
        asked: list[Any] = []
        refusal = refusing("TooManyRequestsException", 429)

        def answer(**request: Any) -> Any:
            asked.append(request)
            if len(asked) < 4:
                refusal.invoke()
            return {"Payload": SimpleNamespace(read=lambda: b'{"status": "ok"}')}

        answered = invoke(self.services(SimpleNamespace(invoke=answer)), {"source": "direct"})

        assert answered.result == {"status": "ok"}
        assert len(asked) == 4

    def test_it_does_not_wait_without_end(self, monkeypatch):
        monkeypatch.setattr(cli.deployed.function, "THROTTLED_SECONDS", 0.05)

        with pytest.raises(Throttled):
            invoke(self.services(refusing("TooManyRequestsException", 429)), {})

    def test_what_may_have_begun_is_not_repeated(self):
        asked: list[Any] = []

        def answer(**request: Any) -> None:
            asked.append(request)
            refusing("ServiceException", 500).invoke()

        with pytest.raises(TransientError):
            invoke(self.services(SimpleNamespace(invoke=answer)), {})

        assert len(asked) == 1
