"""The rules of the project's English, and what of a file they are held against."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tooling.paths import ROOT
from tooling.prose import __main__ as main
from tooling.prose import comments, pages, python_source
from tooling.prose.__main__ import check
from tooling.prose.passage import Kind, Passage
from tooling.prose.rules import MOST_WORDS, RULES, findings

HERE = Path("here")


def broken(text: str, kind: Kind = Kind.PROSE) -> list[str]:
    return [finding.rule.name for finding in findings(Passage(HERE, ((1, text),), kind))]


def texts(passages) -> list[str]:
    return [" ".join(line.strip() for _, line in passage.lines) for passage in passages]


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        ("long", "word " * (MOST_WORDS + 1), "word " * MOST_WORDS),
        ("long", f"See {'x ' * (MOST_WORDS - 1)}`a name`.", f"See {'x ' * 20}`a name in code`."),
        ("opening", "Whoever waits is answered.", "The execution that waits is answered."),
        ("opening", "What failed is tried again.", "A failed call is tried again."),
        ("opening", "Read it. What failed is tried again.", "What failed?"),
        ("where", "Where nothing listens, it ends.", "If nothing listens, it ends."),
        ("where", "None where there is no row.", "None if there is no row."),
        ("where", "It exits with 1 where a count is wrong.", "It says where the row lies."),
        ("where", "It waits, where the queue is full.", "Where does it lie?"),
        ("no", "The text is no time.", "The text is not a time."),
        ("no", "They are no object of names.", "There is no object, and it is no longer asked."),
        ("tell-of", "It tells of the end.", "It reports the end, and tells who asked."),
        ("once-more", "It runs once more.", "It runs again."),
        ("once-more", "The page is written anew.", "The page is written again."),
    ],
)
def test_a_rule_finds_what_breaks_it_alone(rule, bad, good):
    assert broken(bad) == [rule]
    assert broken(good) == []


def test_an_error_is_raised_if_something_is_so():
    assert broken("The row is gone.", Kind.RAISES) == ["raises"]
    assert broken("If the row is gone. The caller may ask again.", Kind.RAISES) == []
    assert broken("The row is gone.", Kind.PROSE) == []


def test_every_rule_is_shown_to_fail():
    shown = {mark.args[1][place][0] for mark in marks() for place in range(len(mark.args[1]))}

    assert shown | {"raises"} == {rule.name for rule in RULES}


def marks():
    return [
        mark
        for mark in test_a_rule_finds_what_breaks_it_alone.pytestmark
        if mark.name == "parametrize"
    ]


def test_sentences_end_where_a_next_one_begins():
    passage = Passage(HERE, ((3, "One of v1.2.3, e.g. A. Two"), (4, "goes on! `three`, as ever.")))

    assert [(sentence.line, sentence.text) for sentence in passage.sentences()] == [
        (3, "One of v1.2.3, e.g. A."),
        (3, "Two goes on!"),
        (4, "`three`, as ever."),
    ]


def test_a_module_is_read_as_people_read_it():
    source = dedent('''\
        """The summary.

        A paragraph
        of two lines::

            code where it is

        - one item
          goes on
        - another
        """

        LIMIT = 3
        """Below an attribute."""


        def function(row: str) -> int:  # beside code
            """Do it.

            Parameters
            ----------
            row
                One row, as of ISO 8601. No list.

            Raises
            ------
            ValidationError
                It is damaged.
            """
            # Two lines
            # of one comment.
            number = int(row)  # noqa: S101 - the reason
            raise ValueError(
                f"The row {row!r} cannot be read "
                "as a number."
            )
            return {"a": "#a = :b", "name": "some/path"}
        ''')
    found = list(python_source.passages(HERE, source))

    assert texts(found) == [
        "The summary.",
        "A paragraph of two lines::",
        "one item goes on",
        "another",
        "Below an attribute.",
        "Do it.",
        "One row, as of ISO 8601. No list.",
        "It is damaged.",
        "beside code",
        "Two lines of one comment.",
        "the reason",
        "The row {X} cannot be read as a number.",
    ]
    assert [passage.kind for passage in found if passage.kind is not Kind.PROSE] == [
        Kind.RAISES,
        Kind.MESSAGE,
    ]
    lines = source.splitlines()
    for passage in found:
        number, text = passage.lines[0]
        assert passage.kind is Kind.MESSAGE or text.strip() in lines[number - 1]


@pytest.mark.parametrize(
    "text",
    ["attribute_not_exists(pk) and it is so", "SET #a = :a, #b = :b", r"\d+ of \w+ and", "a/b c/d"],
)
def test_expressions_and_patterns_are_not_messages(text):
    assert texts(python_source.passages(HERE, f"X = {text!r}")) == []


def test_a_page_is_read_without_code_and_headings():
    page = dedent("""\
        # Where it is

        One paragraph
        of two lines.

        - an item

        ```console
        $ where it is
        ```

        | head | row |
        | --- | --- |
        | cell | `code` |
        """)

    assert texts(pages.passages(HERE, page)) == [
        "One paragraph of two lines.",
        "an item",
        "head",
        "row",
        "cell",
        "`code`",
    ]


def test_comments_of_settings_and_help_texts_are_read():
    makefile = "#!/bin/sh\n# One\n# comment\nup: setup ## Start it\n\techo # not one\nKEY = 1\n"

    assert texts(comments.of_settings(HERE, makefile)) == ["One comment", "Start it"]


def test_strings_of_tests_are_data(tmp_path):
    source = 'RAISED = "The text of a row is no time."\n'
    (tmp_path / "tests").mkdir()
    tests, product = tmp_path / "tests" / "test_it.py", tmp_path / "it.py"
    tests.write_text(source)
    product.write_text(source)

    assert [finding.passage.path for finding in check([tests, product])] == [product]


def test_parts_of_a_text_of_several_lines_are_read_by_themselves():
    text = (
        "One paragraph of\\ntwo lines.\\n\\n```console\\n$ where it is no code\\n```\\n\\n"
        "- an item of a list\\n"
        "name   the meaning of it\\n       goes on\\nother  another meaning of it"
    )

    assert texts(python_source.passages(HERE, f'TEXT = "{text}"')) == [
        "One paragraph of two lines.",
        "- an item of a list",
        "name the meaning of it goes on",
        "other another meaning of it",
    ]


def test_a_team_writes_its_own_folders_as_it_likes(tmp_path, monkeypatch, capsys):
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)  # noqa: S607
    shutil.copy(ROOT / ".gitattributes", tmp_path)
    names = [f"{folder}/bad.py" for folder in ("lambda_src/app", "stacks/app", "cli")]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text('"""What waits is answered."""\n')
    monkeypatch.setattr(main, "ROOT", tmp_path)

    for named in (names, []):
        monkeypatch.setattr(sys, "argv", ["prose", *named])
        with pytest.raises(SystemExit):
            main.main()

        (line,) = capsys.readouterr().out.splitlines()
        assert line.startswith("cli/bad.py:1: opening")
