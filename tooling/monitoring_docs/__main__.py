"""Write the dashboard's picture and the tables of docs/monitoring.md anew."""

from tooling.environments import load
from tooling.monitoring_docs.document import DOCUMENT, updated
from tooling.monitoring_docs.picture import PICTURE, picture

SHOWN = "prod"
"""The environment that is shown."""


def main() -> None:
    """Write both."""
    environment = load(SHOWN).details
    PICTURE.write_text(picture(environment), encoding="utf-8")
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(updated(text, environment), encoding="utf-8")


if __name__ == "__main__":
    main()
