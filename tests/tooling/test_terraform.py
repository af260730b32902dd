import hashlib
import http.server
import io
import threading
import zipfile
from functools import partial

import pytest

from tooling import terraform
from tooling.errors import ToolingError
from tooling.host import platform_name
from tooling.terraform import PINNED_VERSION, find_terraform

UNREACHABLE = "http://127.0.0.1:9"


def script(version, banner="Terraform"):
    return (
        "#!/bin/sh\n"
        f'if [ "$2" = -json ]; then echo \'{{"terraform_version": "{version}"}}\'; exit; fi\n'
        f"echo '{banner} v{version}'\n"
    )


@pytest.fixture
def install(tmp_path):
    """Put a stand-in on an otherwise empty PATH, and return the environment."""
    programs = tmp_path / "bin"
    programs.mkdir()

    def put(name=None, content=""):
        if name:
            (programs / name).write_text(content)
            (programs / name).chmod(0o755)
        return {"PATH": f"{programs}"}

    return put


@pytest.fixture
def releases(tmp_path):
    """A server of releases; call it with what the archive's Terraform shall be."""
    folder = tmp_path / "releases"
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,)).start()

    def publish(content):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("terraform", content)
        name = f"terraform_{PINNED_VERSION}_{platform_name()}.zip"
        (folder / PINNED_VERSION).mkdir(parents=True, exist_ok=True)
        (folder / PINNED_VERSION / name).write_bytes(buffer.getvalue())
        return f"http://127.0.0.1:{server.server_port}", buffer.getvalue()

    yield publish
    server.shutdown()
    server.server_close()


def test_terraform_on_path_is_used(install, tmp_path):
    environ = install("terraform", script("1.10.0"))

    found = find_terraform(environ, tools=tmp_path, releases=UNREACHABLE)

    assert (found.binary.name, found.version, found.is_opentofu) == ("terraform", "1.10.0", False)


@pytest.mark.parametrize("content", [None, script("1.9.8"), "#!/bin/sh\nexit 1\n"])
def test_without_a_usable_terraform_or_a_network_the_user_is_told(install, tmp_path, content):
    environ = install("terraform", content) if content else install()

    with pytest.raises(ToolingError, match=r"install Terraform 1\.10 or later") as refusal:
        find_terraform(environ, tools=tmp_path, releases=UNREACHABLE)
    assert "\n" not in str(refusal.value)


def test_the_pinned_release_is_fetched_once(install, tmp_path, releases, monkeypatch):
    url, archive = releases(script(PINNED_VERSION))
    checksum = hashlib.sha256(archive).hexdigest()
    monkeypatch.setitem(terraform.CHECKSUMS, platform_name(), checksum)
    environ = install("terraform", script("1.9.8"))

    fetched = find_terraform(environ, tools=tmp_path / "tools", releases=url)
    again = find_terraform(environ, tools=tmp_path / "tools", releases=UNREACHABLE)

    assert fetched == again
    assert fetched.version == PINNED_VERSION
    assert tmp_path / "tools" in fetched.binary.parents


def test_a_release_with_another_checksum_is_not_kept(install, tmp_path, releases):
    url, _ = releases(script(PINNED_VERSION))

    with pytest.raises(ToolingError, match="SHA-256"):
        find_terraform(install(), tools=tmp_path / "tools", releases=url)
    assert not list((tmp_path / "tools").rglob("*"))


def test_the_named_binary_decides(install, tmp_path):
    install("terraform", script("1.11.4"))
    environ = install("tofu", script("1.10.1", "OpenTofu"))

    found = find_terraform({**environ, "TERRAFORM_BINARY_NAME": "tofu"}, tools=tmp_path)

    assert (found.binary.name, found.is_opentofu) == ("tofu", True)
    assert found.registry == "registry.opentofu.org"


@pytest.mark.parametrize(
    ("name", "reason"), [("missing", "not a Terraform"), ("terraform", "names version 1.9.8")]
)
def test_an_unusable_named_binary_is_refused(install, tmp_path, name, reason):
    environ = install("terraform", script("1.9.8"))

    with pytest.raises(ToolingError, match=reason):
        find_terraform({**environ, "TERRAFORM_BINARY_NAME": name}, tools=tmp_path)
