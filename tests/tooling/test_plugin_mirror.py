import re
import subprocess
from importlib.metadata import metadata
from pathlib import Path

import pytest

from tooling.child_environment import deployment_environment
from tooling.errors import ToolingError
from tooling.host import platform_name
from tooling.plugin_mirror import AWS_PROVIDER_VERSION, mirror_folders, provider_settings
from tooling.terraform import Terraform, find_terraform

TERRAFORM = Terraform(Path("terraform"), "1.11.4", is_opentofu=False)
OPENTOFU = Terraform(Path("tofu"), "1.10.0", is_opentofu=True)


def make_mirror(
    folder, *, registry="registry.terraform.io", version=AWS_PROVIDER_VERSION, platform=None
):
    provider = folder / registry / "hashicorp" / "aws" / version / (platform or platform_name())
    provider.mkdir(parents=True)
    return folder


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


class Machine:
    """A home, a shared folder and a clone, none of which this computer's own can leak into."""

    def __init__(self, root):
        self.home = root / "home"
        self.shared = root / "shared"
        self.tools = root / "clone" / ".tools"
        for folder in (self.home, self.shared, self.tools):
            folder.mkdir(parents=True)

    def environ(self, **variables):
        return {"HOME": str(self.home), "XDG_DATA_DIRS": str(self.home / "none"), **variables}

    def settings(self, terraform=TERRAFORM, **variables):
        return provider_settings(
            terraform,
            self.environ(**variables),
            tools=self.tools,
            shared_folders=[self.shared],
            lock=self.tools / "none",
        )

    def configured_mirror(self, terraform=TERRAFORM, **variables):
        configuration = Path(self.settings(terraform, **variables)["TF_CLI_CONFIG_FILE"])
        (path,) = re.findall(r'path += "(.*)"', configuration.read_text())
        return Path(path)


def test_the_registry_is_used_where_the_machine_has_no_mirror(machine):
    settings = machine.settings()

    assert "TF_CLI_CONFIG_FILE" not in settings
    assert Path(settings["TF_PLUGIN_CACHE_DIR"]).is_dir()


def test_a_mirror_in_any_folder_under_a_shared_one_is_found(machine):
    (machine.shared / "a-program").mkdir()
    mirror = make_mirror(machine.shared / "some-name")

    assert machine.configured_mirror() == mirror


def test_terraforms_own_mirror_folders_come_before_shared_ones(machine):
    make_mirror(machine.shared / "some-name")
    data = make_mirror(machine.home / ".local" / "share" / "terraform" / "plugins")
    assert machine.configured_mirror() == data

    own = make_mirror(machine.home / ".terraform.d" / "plugins")
    assert machine.configured_mirror() == own


def test_the_search_follows_terraforms_order(machine):
    make_mirror(machine.shared / "b")
    make_mirror(machine.shared / "a")
    environ = machine.environ(XDG_DATA_HOME="/data-home", XDG_DATA_DIRS="/first:/second")

    folders = list(mirror_folders(environ, [machine.shared, machine.shared / "missing"]))

    assert folders[1] == machine.home / ".terraform.d" / "plugins"
    assert folders[2:] == [
        Path("/data-home/terraform/plugins"),
        Path("/first/terraform/plugins"),
        Path("/second/terraform/plugins"),
        machine.shared / "a",
        machine.shared / "b",
    ]


def test_the_named_mirror_comes_before_all_others(machine, tmp_path):
    make_mirror(machine.home / ".terraform.d" / "plugins")
    named = make_mirror(tmp_path / "named")

    assert machine.configured_mirror(TF_PLUGIN_MIRROR=str(named)) == named


@pytest.mark.parametrize(
    "content", [{}, {"version": "4.0.0"}, {"platform": "plan9_mips"}, {"registry": "example.com"}]
)
def test_a_named_mirror_without_the_provider_is_refused(machine, tmp_path, content):
    named = tmp_path / "named"
    named.mkdir()
    if content:
        make_mirror(named, **content)

    with pytest.raises(ToolingError, match=f"TF_PLUGIN_MIRROR names {named}, which does not hold"):
        machine.settings(TF_PLUGIN_MIRROR=str(named))


def test_a_found_mirror_without_the_needed_version_is_passed_over(machine):
    make_mirror(machine.home / ".terraform.d" / "plugins", version="4.0.0")
    mirror = make_mirror(machine.shared / "some-name")

    assert machine.configured_mirror() == mirror


def test_a_packed_mirror_counts_too(machine):
    provider = machine.shared / "packed" / "registry.terraform.io" / "hashicorp" / "aws"
    provider.mkdir(parents=True)
    name = f"terraform-provider-aws_{AWS_PROVIDER_VERSION}_{platform_name()}.zip"
    (provider / name).touch()

    assert machine.configured_mirror() == machine.shared / "packed"


def test_opentofu_needs_a_mirror_of_its_own_registry(machine):
    make_mirror(machine.shared / "a")
    mirror = make_mirror(machine.shared / "b", registry="registry.opentofu.org")

    assert machine.configured_mirror(OPENTOFU) == mirror


@pytest.mark.parametrize("is_named", [True, False])
def test_a_configuration_that_the_user_has_is_respected(machine, is_named):
    make_mirror(machine.shared / "some-name")
    configuration = machine.home / ".terraformrc"
    configuration.touch()
    variables = {"TF_CLI_CONFIG_FILE": str(configuration)} if is_named else {}

    assert "TF_CLI_CONFIG_FILE" not in machine.settings(**variables)


def test_a_missing_configuration_file_is_replaced(machine, tmp_path):
    mirror = make_mirror(machine.shared / "some-name")

    assert machine.configured_mirror(TF_CLI_CONFIG_FILE=str(tmp_path / "gone")) == mirror


def test_a_missing_configuration_file_is_dropped_where_nothing_replaces_it(monkeypatch, tmp_path):
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "gone"))
    monkeypatch.setattr("tooling.child_environment.provider_settings", lambda *_: {})

    assert "TF_CLI_CONFIG_FILE" not in deployment_environment()


def test_terraform_reads_the_generated_configuration(machine, tmp_path):
    make_mirror(machine.shared / 'with "quotes" and spaces')
    settings = machine.settings()

    outcome = subprocess.run(
        [find_terraform().binary, "version"],
        cwd=tmp_path,
        env={"CHECKPOINT_DISABLE": "1", "HOME": str(machine.home), **settings},
        capture_output=True,
        check=True,
        text=True,
    )

    assert outcome.stderr == ""
    assert "Error" not in outcome.stdout


def test_the_provider_version_is_the_one_that_the_bindings_ask_for():
    description = metadata("cdktf-cdktf-provider-aws").get_payload()

    assert f"hashicorp/aws provider version {AWS_PROVIDER_VERSION}" in description
