"""Modules of an application are found by themselves, at run time and at deploy time."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cqrs.application import Application
from stacks.declarations import modules, resources
from stacks.declarations.modules import BrokenModuleError, application_modules, import_application
from stacks.declarations.resources import own_resources


def write(folder: Path, **files: str) -> None:
    for name, content in files.items():
        path = folder / f"{name.replace('__in__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


@pytest.fixture
def package(tmp_path, monkeypatch) -> Path:
    """A package of handlers, which keeps the order in which its modules are imported."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "path_importer_cache", {})
    folder = tmp_path / "handlers_of_a_test"
    write(folder, __init__="order = []\n")
    yield folder
    for name in [name for name in sys.modules if name.startswith(folder.name)]:
        del sys.modules[name]


def test_all_modules_of_a_package_are_imported_in_their_order(package):
    note = f"import {package.name}; {package.name}.order.append(__name__)\n"
    write(package, b=note, a=note, inner__in____init__=note, inner__in__c=note)

    Application().import_modules(package.name)

    order = sys.modules[package.name].order
    names = [name.removeprefix(f"{package.name}.") for name in order]
    assert names == ["a", "b", "inner", "inner.c"]


def test_a_module_that_cannot_be_imported_is_told(package):
    write(package, a="raise ValueError('no such airport')\n")

    with pytest.raises(ValueError, match="no such airport"):
        Application().import_modules(package.name)


@pytest.fixture
def stacks_app(tmp_path, monkeypatch) -> Path:
    """Another folder in the place of stacks/app."""
    own_resources()  # what the project declares is there by now
    folder = tmp_path / "declared_by_a_test"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(modules, "ROOT", tmp_path)
    monkeypatch.setattr(modules, "FOLDER", folder)
    monkeypatch.setattr(resources, "_declared", {})
    modules.import_what_can_be.cache_clear()
    yield folder
    modules.import_what_can_be.cache_clear()
    for name in [name for name in sys.modules if name.startswith(folder.name)]:
        del sys.modules[name]


DECLARE = "from stacks.declarations import queue\nqueue({name!r})\n"


def test_what_any_module_declares_is_known(stacks_app):
    write(
        stacks_app,
        __init__="",
        b=DECLARE.format(name="second"),
        a=DECLARE.format(name="first"),
        inner__in____init__="",
        inner__in__c=DECLARE.format(name="third"),
    )

    import_application()

    assert [own.name for own in own_resources()] == ["first", "second", "third"]
    assert application_modules()[0] == stacks_app.name


def test_a_module_that_ends_the_process_is_told_like_any_other(stacks_app):
    write(stacks_app, __init__="", a="raise SystemExit('bye')\n")

    with pytest.raises(
        BrokenModuleError, match=r"a cannot be imported: .*a.py, line 1: SystemExit"
    ):
        import_application()


def test_a_broken_module_keeps_nobody_from_what_the_others_declare(stacks_app):
    write(stacks_app, __init__="", a="import no_such_module\n", b=DECLARE.format(name="jobs"))

    assert [own.name for own in own_resources()] == ["jobs"]
    with pytest.raises(BrokenModuleError, match=r"a cannot be imported: .*a.py, line 1: Module"):
        import_application()
