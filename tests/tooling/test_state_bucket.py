"""The bucket of the Terraform state, in an account that moto plays."""

import json

import boto3
import pytest
from moto import mock_aws

from stacks.environment.file import load
from stacks.environment.model import Environment
from tooling.errors import ToolingError
from tooling.state_bucket import bootstrap, require_state_bucket

ACCOUNT = "123456789012"
"""The one that moto plays."""

BUCKET = f"prod-cqrs-tfstate-{ACCOUNT}"


def prod(**differences):
    given = load("prod", variables={}).model_dump()
    return Environment.model_validate({**given, "account_id": ACCOUNT, **differences})


@pytest.fixture
def session(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield boto3.Session("key", "secret", region_name="ap-northeast-1")


@pytest.mark.parametrize("region", ["ap-northeast-1", "us-east-1"])
def test_a_state_is_versioned_encrypted_and_private(session, region):
    assert bootstrap(prod(region=region), session) == BUCKET

    s3 = session.client("s3", region_name=region)
    assert s3.head_bucket(Bucket=BUCKET)["BucketRegion"] == region
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    (rule,) = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    blocked = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert set(blocked.values()) == {True}
    (statement,) = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"]}
    assert tags == {"environment": "prod", "application": "cqrs"}


def test_a_bucket_that_is_there_keeps_its_state_and_gets_what_it_lacks(session):
    s3 = session.client("s3")
    place = {"LocationConstraint": "ap-northeast-1"}
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    s3.put_object(Bucket=BUCKET, Key="terraform.tfstate", Body=b"{}")

    bootstrap(prod(), session)
    bootstrap(prod(), session)

    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    # moto applies the policy, and takes every request for one over plain HTTP.
    s3.delete_bucket_policy(Bucket=BUCKET)
    assert s3.get_object(Bucket=BUCKET, Key="terraform.tfstate")["Body"].read() == b"{}"


def test_another_account_is_refused_before_anything_is_made(session):
    with pytest.raises(ToolingError, match=f"signed in to account {ACCOUNT}, and prod is in 3333"):
        bootstrap(prod(account_id="333333333333"), session)

    assert session.client("s3").list_buckets()["Buckets"] == []


def test_an_emulator_needs_no_bucket(session):
    with pytest.raises(ToolingError, match="local lives on an emulator"):
        bootstrap(load("local", variables={}), session)


def test_a_missing_bucket_is_told_with_the_way_out(session):
    with pytest.raises(ToolingError, match=f"{BUCKET} .* make bootstrap ENV=prod"):
        require_state_bucket(prod(), session)

    bootstrap(prod(), session)
    require_state_bucket(prod(), session)


def test_no_access_is_told_in_one_sentence(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")

    with pytest.raises(ToolingError, match="refuses access") as refusal:
        require_state_bucket(prod(), boto3.Session(region_name="ap-northeast-1"))

    assert "credentials. Sign in to the account" in str(refusal.value)


def test_a_machine_without_a_way_to_aws_is_told_so(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    access = boto3.Session("key", "secret", region_name="ap-northeast-1")

    with pytest.raises(ToolingError, match=r"AWS was not reached .*\. See that this machine"):
        require_state_bucket(prod(), access)
