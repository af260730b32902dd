"""The README in two languages: one says what the other says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from cli.command_line import app

ROOT = Path(__file__).resolve().parents[2]
ENGLISH, JAPANESE = ROOT / "README.md", ROOT / "README.ja.md"
LONGEST = 155
FIRST_SCREEN = 25

BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
PROGRAM = ".venv/bin/cqrs"
LINK = re.compile(r"\]\(([^)]+)\)")
EACH_OTHER = {"README.md", "README.ja.md"}


def links(page: Path) -> list[str]:
    found = LINK.findall(BLOCK.sub("", page.read_text(encoding="utf-8")))
    return sorted(link for link in found if link not in EACH_OTHER)


def test_both_have_the_same_commands_and_pictures():
    blocks = BLOCK.findall(ENGLISH.read_text(encoding="utf-8"))

    assert len(blocks) > 3
    assert BLOCK.findall(JAPANESE.read_text(encoding="utf-8")) == blocks


def test_both_lead_to_the_same_pages():
    assert links(JAPANESE) == links(ENGLISH)
    assert "README.ja.md" in LINK.findall(ENGLISH.read_text(encoding="utf-8"))
    assert "README.md" in LINK.findall(JAPANESE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", [ENGLISH, JAPANESE], ids=lambda page: page.name)
def test_the_first_screen_says_how_to_run_it(page):
    beginning = page.read_text(encoding="utf-8").splitlines()[:FIRST_SCREEN]

    assert any(line.startswith("$ make demo") for line in beginning)


def lines_to_run() -> list[list[str]]:
    """The words of each line that a reader may paste, of all blocks of the page."""
    blocks = BLOCK.findall(ENGLISH.read_text(encoding="utf-8"))
    joined = "\n".join(blocks).replace("\\\n", " ")
    return [shlex.split(line, comments=True) for line in re.findall(r"^\$ (.*)$", joined, re.M)]


def test_its_lines_can_be_run_as_they_stand():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    group = typer.main.get_command(app)
    lines = lines_to_run()

    assert PROGRAM in {words[0] for words in lines}
    for program, *words in lines:
        assert program in {"make", PROGRAM}, program
        if program == "make":
            assert re.search(rf"^{words[0]}:", makefile, re.MULTILINE), words
            continue
        with typer.Context(group) as context:
            _, command, rest = group.resolve_command(context, list(words))
            command.make_context(words[0], list(rest), parent=context)


@pytest.mark.parametrize("page", [ENGLISH, JAPANESE], ids=lambda page: page.name)
def test_it_is_short(page):
    assert len(page.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]), ids=lambda page: page.name
)
def test_links_lead_somewhere(page):
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    own = [link for link in LINK.findall(text) if "://" not in link]

    for link in own:
        path, _, place = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        if place:
            assert place in headings(target), link


def test_every_page_is_reached_from_the_readme():
    pages = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}

    assert pages <= {link.partition("#")[0] for link in links(ENGLISH)}


def headings(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", BLOCK.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
