"""Reads docker-compose.yml: a LocalStack without Docker is told the same as one in it."""

from typing import cast

import yaml

from tooling.paths import ROOT

FILE = ROOT / "docker-compose.yml"
SERVICE = "localstack"
PORT = 4566
"""The port that the file publishes."""


def variables() -> dict[str, str]:
    """Return the variables that the file sets, by their names."""
    document = yaml.safe_load(FILE.read_text())
    return cast("dict[str, str]", document["services"][SERVICE]["environment"])
