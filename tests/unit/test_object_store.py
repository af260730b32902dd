"""Links to objects, by which browsers upload and download."""

from __future__ import annotations

import boto3
import pytest

from cqrs.aws.clients import Clients
from cqrs.aws.object_store import ObjectStore


@pytest.mark.parametrize("region", ["ap-northeast-1", "us-east-1", "eu-west-1", "eu-central-1"])
def test_links_are_signed_as_s3_asks_for(monkeypatch: pytest.MonkeyPatch, region: str):
    """Version 2 is refused if a key of the account's encrypts."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    objects = ObjectStore(Clients(boto3.Session(region_name=region)), "files")

    for link in (objects.link("a.csv", 60), objects.upload_link("a.csv", 60, "text/csv")):
        assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in link
        # The first region has the host that redirects the others.
        assert region in link.partition("?")[0] or region == "us-east-1"
