"""DynamoDB and its streams, answered by the server that ``DYNAMODB_EXTERNAL_URL`` names.

``PROVIDER_OVERRIDE_DYNAMODB`` and ``PROVIDER_OVERRIDE_DYNAMODBSTREAMS`` choose it as ``external``.
"""

from __future__ import annotations

import os
import re

from localstack.aws.api import RequestContext, ServiceRequest, ServiceResponse
from localstack.aws.api.dynamodb import DynamodbApi
from localstack.aws.api.dynamodbstreams import DynamodbstreamsApi
from localstack.aws.forwarder import AwsRequestProxy, ForwardingFallbackDispatcher
from localstack.services.plugins import Service, aws_provider

URL = os.environ.get("DYNAMODB_EXTERNAL_URL", "")

_ACCESS_KEY = re.compile(r"Credential=[^/]+/")

_server = AwsRequestProxy(URL)


@aws_provider(api="dynamodb", name="external")
def dynamodb() -> Service:
    """Return the service that passes every request on."""
    return _passing_on(DynamodbApi())


@aws_provider(api="dynamodbstreams", name="external")
def dynamodbstreams() -> Service:
    """Return the service that passes every request on."""
    return _passing_on(DynamodbstreamsApi())


def _passing_on(api: DynamodbApi | DynamodbstreamsApi) -> Service:
    return Service.for_provider(
        api, dispatch_table_factory=lambda given: ForwardingFallbackDispatcher(given, _pass_on)
    )


def _pass_on(context: RequestContext, _request: ServiceRequest) -> ServiceResponse:
    headers = context.request.headers
    # The server tells accounts by the access key, and callers have one that LocalStack gave them.
    account = f"Credential={context.account_id}/"
    headers["Authorization"] = _ACCESS_KEY.sub(account, headers.get("Authorization", ""))
    return _server(context)
