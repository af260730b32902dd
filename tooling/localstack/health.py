"""Whether a LocalStack answers."""

from tooling.server_process import answers


def is_healthy(endpoint_url: str) -> bool:
    """Tell whether a LocalStack answers at the endpoint."""
    return answers(f"{endpoint_url}/_localstack/health")
