"""``make console-publish``: put the built console into its bucket, without a moment of half of it.

Assets have a digest in their names and come first. Then ``index.html`` leads to the new ones, and
whoever has the page open keeps the old ones, which stay.
"""

from __future__ import annotations

import hashlib
import mimetypes
from typing import TYPE_CHECKING, Any

from cli.deployed.sessions import account_session
from tooling.console.server import ALWAYS_ASKED, FOREVER, TYPES
from tooling.console.site import FILES
from tooling.errors import ToolingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from stacks.environment.model import Environment

PAGE = "index.html"
ASSETS = "assets/"


def publish(
    environment: Environment, outputs: Mapping[str, Any], announce: Callable[[str], None]
) -> None:
    """Bring the built console into the environment that has one.

    Raises
    ------
    ToolingError
        If the environment has none, or the console is not built.
    """
    if "console_bucket" not in outputs:
        message = (
            f"{environment.name} has no console: set enabled of [console] in "
            f"environments/{environment.name}.toml, and deploy it."
        )
        raise ToolingError(message)
    session = account_session(environment)
    s3 = session.client("s3", region_name=environment.region)
    count = upload(s3, str(outputs["console_bucket"]), FILES)
    cloudfront = session.client("cloudfront")
    # All but assets is asked for each time; an edge keeps its copy until it is told.
    cloudfront.create_invalidation(
        DistributionId=outputs["console_distribution_id"],
        InvalidationBatch={
            "Paths": {"Quantity": 2, "Items": ["/", f"/{PAGE}"]},
            "CallerReference": _digest_of(FILES / PAGE),
        },
    )
    announce(f"{count} files are published at {outputs['console_url']}.")


def upload(s3: Any, bucket: str, files: Path) -> int:
    """Put all files into a bucket, the page last; how many there are.

    Raises
    ------
    ToolingError
        If the console is not built.
    """
    if not (files / PAGE).is_file():
        message = (
            f"The console is not built, as {files} has no {PAGE}: run npm run build in console."
        )
        raise ToolingError(message)
    count = 0
    for file in _in_order(files):
        key = file.relative_to(files).as_posix()
        kind = TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0]
        s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=file.read_bytes(),
            ContentType=kind or "application/octet-stream",
            CacheControl=FOREVER if key.startswith(ASSETS) else ALWAYS_ASKED,
        )
        count += 1
    return count


def _in_order(files: Path) -> Iterator[Path]:
    everything = [
        file
        for file in sorted(files.rglob("*"))
        if file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(files).parts)
    ]
    yield from (file for file in everything if file != files / PAGE)
    yield files / PAGE


def _digest_of(page: Path) -> str:
    return hashlib.sha256(page.read_bytes()).hexdigest()
