"""Whether a LocalStack answers."""

from tooling import ministack
from tooling.server_process import answers


def is_healthy(endpoint_url: str) -> bool:
    """Tell whether a LocalStack answers at the endpoint."""
    return answers(f"{endpoint_url}/_localstack/health")


def is_localstack(endpoint_url: str) -> bool:
    """Tell whether it is a LocalStack and not a MiniStack, which answers as both."""
    return is_healthy(endpoint_url) and not ministack.is_healthy(endpoint_url)
