"""How ``cqrs new`` reads names, adds to modules that are there, and writes all files or none."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from cli.scaffolding.additions import appended, with_workflow
from cli.scaffolding.names import LONGEST, Name
from cli.scaffolding.writing import ChangedFile, NewFile, NothingWritten, prepared, write
from cqrs.errors import ValidationError

PYDANTIC = {"pydantic": ("BaseModel", "Field")}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("price-list", ("price", "list")),
        ("price_list", ("price", "list")),
        ("price list", ("price", "list")),
        ("PriceList", ("price", "list")),
        ("priceList", ("price", "list")),
        ("PRICE_LIST", ("price", "list")),
        ("HTTPPrices", ("http", "prices")),
        ("Prices2Go", ("prices2", "go")),
        ("S3Files", ("s3", "files")),
        ("gate", ("gate",)),
    ],
)
def test_a_name_is_read_in_any_style(given, words):
    assert Name.of(given).words == words


def test_a_name_is_written_as_the_project_does():
    name = Name.of("PriceList")

    assert (name.module, name.class_name) == ("price_list", "PriceList")
    assert (name.type, name.dashed, name.text) == ("PRICE_LIST", "price-list", "price list")


@pytest.mark.parametrize(
    ("several", "one"),
    [
        ("books", "book"),
        ("countries", "country"),
        ("addresses", "address"),
        ("address", "address"),
        ("open_days", "open_day"),
        ("sheep", "sheep"),
        ("is", "is"),
    ],
)
def test_one_of_several_things_is_named(several, one):
    assert Name.of(f"the_{several}").one.module == f"the_{one}"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("", "Give letters"),
        ("2go", "beginning with a letter"),
        ("a--b", "single dashes"),
        ("-a", "Give letters"),
        ("a/b", "Give letters"),
        ("../a", "Give letters"),
        ("a.b", "Give letters"),
        ("höhe", "letters from A to Z"),
        ("a\n", "Give letters"),
        ("a" * (LONGEST + 1), f"at most {LONGEST}"),
        ("class", "Python uses itself"),
        ("none", "Python uses itself"),
        ("list", "own-list"),
        ("Value-Error", "own-value-error"),
        ("models", "the project uses itself"),
        ("read_model_x", "the project uses itself"),
    ],
)
def test_a_name_that_cannot_be_is_refused(given, says):
    with pytest.raises(ValidationError, match=says):
        Name.of(given)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '"""Models."""\n\nfrom pydantic import BaseModel, Field\nX\n'),
        ('"""Own."""\n', '"""Own."""\n\nfrom pydantic import BaseModel, Field\nX\n'),
        (
            "from __future__ import division\n\nA = 1\n",
            "from __future__ import division\n\n"
            "from pydantic import BaseModel, Field\n\nA = 1\nX\n",
        ),
        (
            "from pydantic import (\n    ConfigDict,\n    Field as F,\n)\n\nA = 1\n",
            "from pydantic import BaseModel, ConfigDict, Field, Field as F\n\nA = 1\nX\n",
        ),
        (
            "import re\n\nfrom pydantic import Field\nfrom pydantic import BaseModel\n",
            "import re\n\nfrom pydantic import Field\nfrom pydantic import BaseModel\nX\n",
        ),
        ("import re\nA = 1", "import re\nfrom pydantic import BaseModel, Field\nA = 1\nX\n"),
    ],
)
def test_a_module_gets_the_imports_that_it_lacks(before, after):
    assert appended("models.py", "Models.", PYDANTIC, "X\n")(before) == after


def test_a_module_that_is_broken_is_told_with_its_line():
    with pytest.raises(NothingWritten, match=r"models\.py:2 is not valid Python"):
        appended("models.py", "Models.", PYDANTIC, "X\n")("A = 1\nB = (\n")


@pytest.mark.parametrize(
    "before",
    [
        "",
        'application = "cqrs"\n\n[function]\nmemory_mb = 128\n',
        "workflows = []\n",
        'workflows = ["a"] # ours\nregion = "x"\n',
        'workflows = [ # ours\n    "a", "b"\n]\n[tags]\nworkflows = ["c"]\n',
    ],
)
def test_a_workflow_is_added_to_the_list_however_it_is_written(before):
    after = tomllib.loads(with_workflow("common.toml", "new")(before))

    known = tomllib.loads(before)
    assert after == {**known, "workflows": ["new", *known.get("workflows", [])]}


@pytest.mark.parametrize(
    ("before", "says"),
    [
        ("workflows = [\n", "is not valid TOML"),
        ('"workflows" = ["a"]\n', "is not valid TOML|unusual form"),
        ("[tags]\nworkflows = []\n", "unusual form"),
    ],
)
def test_a_list_that_cannot_be_added_to_is_told(before, says):
    with pytest.raises(NothingWritten, match=says):
        with_workflow("common.toml", "new")(before)


def test_files_that_are_there_are_all_told(tmp_path: Path):
    (tmp_path / "a.py").touch()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "__init__.py").touch()
    files = [NewFile("a.py", ""), NewFile("b.py", ""), NewFile("c.py", "")]

    with pytest.raises(NothingWritten, match=r"a\.py and b\.py are there already"):
        prepared(tmp_path, files)


def test_if_one_file_cannot_be_written_none_is(tmp_path: Path):
    (tmp_path / "changed.py").write_text("before")
    (tmp_path / "in_the_way").touch()
    files = prepared(
        tmp_path,
        [
            NewFile("new.py", "new"),
            ChangedFile("changed.py", lambda text: f"{text} and after"),
            NewFile("in_the_way/new.py", "new"),
        ],
    )

    with pytest.raises(NothingWritten, match=r"in_the_way.* cannot be written"):
        write(files)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["changed.py", "in_the_way"]
    assert (tmp_path / "changed.py").read_text() == "before"


def test_a_file_that_somebody_makes_meanwhile_is_kept(tmp_path: Path):
    files = prepared(tmp_path, [NewFile("a.py", "ours"), NewFile("b.py", "ours")])
    (tmp_path / "b.py").write_text("theirs")

    with pytest.raises(NothingWritten, match=r"b\.py cannot be written: File exists"):
        write(files)

    assert [path.read_text() for path in tmp_path.iterdir()] == ["theirs"]
