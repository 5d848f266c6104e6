"""What is built holds the five packages, the licence and the command, and no more."""

import subprocess
import sys
import tarfile
import zipfile
from configparser import ConfigParser
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.unit.sources import ROOT, SHIPPED, project


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", folder=tmp_path_factory.mktemp("wheel"))


def build(target: str, *, folder: Path) -> Path:
    """Build with the pinned hatchling of this environment, so without a network."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    [built] = folder.iterdir()
    return built


def metadata_file(wheel: Path, *, name: str) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        [path] = [each for each in archive.namelist() if each.endswith(f".dist-info/{name}")]
        return archive.read(path)


def test_the_wheel_holds_every_shipped_module_and_no_other(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    sources = {
        str(path.relative_to(ROOT))
        for package in SHIPPED
        for path in (ROOT / package).rglob("*.py")
    }
    assert {name for name in names if name.endswith(".py")} == sources
    scripts = {str(path.relative_to(ROOT)) for path in (ROOT / "adapters").rglob("*.sql")}
    assert scripts
    assert {name for name in names if name.endswith(".sql")} == scripts
    assert {name.partition("/")[0] for name in names} == set(SHIPPED)


def test_the_wheel_states_its_licence_and_pythons(wheel: Path) -> None:
    metadata = message_from_bytes(metadata_file(wheel, name="METADATA"))
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Version"] == project()["project"]["version"]
    assert metadata["Requires-Python"] == "<3.14,>=3.11"
    assert b"Apache License" in metadata_file(wheel, name="licenses/LICENSE")


def test_the_wheel_brings_the_command(wheel: Path) -> None:
    scripts = ConfigParser()
    scripts.read_string(metadata_file(wheel, name="entry_points.txt").decode())
    assert dict(scripts["console_scripts"]) == {"ballast": "bootstrap.cli:main"}


def test_the_source_archive_can_be_tested_and_locked_again(tmp_path: Path) -> None:
    with tarfile.open(build("sdist", folder=tmp_path)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"Makefile", "LICENSE", "requirements/test.txt", "tests/unit/sources.py"} <= names


def test_the_installed_command_runs_outside_the_checkout(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("ballast")), "--version"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (
        0,
        f"ballast {project()['project']['version']}",
    )
