"""Write the dashboard's picture and the tables of docs/monitoring.md again."""

from stacks.environment.model import Environment
from stacks.options.api import ApiOptions, UserPoolOptions
from stacks.options.live import LiveOptions
from tooling.monitoring_docs.document import DOCUMENT, updated
from tooling.monitoring_docs.picture import PICTURE, picture

SHOWN = Environment(
    name="prod",
    application="cqrs",
    account_id="333333333333",
    region="ap-northeast-1",
    workflows=["airport-closure", "country-report"],
    api=ApiOptions(
        enabled=True,
        user_pool=UserPoolOptions(enabled=True),
        live=LiveOptions(enabled=True),
    ),
)
"""The environment that is shown: with the API, its live channel and the sample's workflows,
whatever the project's own become."""


def main() -> None:
    """Write both."""
    PICTURE.write_text(picture(SHOWN), encoding="utf-8")
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(updated(text, SHOWN), encoding="utf-8")


if __name__ == "__main__":
    main()
