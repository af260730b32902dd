"""The page of an environment's keys is the one that the model makes."""

from stacks.environment.model import Environment
from tooling.environment_page import PAGE, page


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_it_has_every_key_with_its_default():
    text = page()

    assert "| `memory_mb` | number from 128 to 10,240 | `512` | Memory in MB. |" in text
    assert "| `account_id` | text | must be given |" in text
    sections = [name for name in Environment.model_fields if f"## `[{name}]`" in text]
    assert {"function", "command", "ttl_days"} <= set(sections)
