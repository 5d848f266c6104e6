"""make says clearly what is missing, and leaves no half-made environment behind."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.sources import ROOT

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "Makefile", folder)
    clean = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_without_a_usable_python_make_says_which_is_needed(tmp_path: Path) -> None:
    done = make(tmp_path, "PYTHON=no-such-python", ".venv/.python")
    assert done.returncode == 2
    assert "no usable Python among: no-such-python" in done.stderr
    assert "Python 3.11, 3.12 or 3.13" in done.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(("version", "usable"), [("3, 10", 0), ("3, 14", 0), ("3, 12", 1)])
def test_the_interpreter_must_be_of_a_supported_version(
    tmp_path: Path, version: str, usable: int
) -> None:
    fake = tmp_path / "python"
    fake.write_text(
        "#!/bin/sh\n"
        'case "$1" in\n'
        f'-c) exec python3 -c "import sys; sys.version_info = ({version}, 0); $2" ;;\n'
        '-m) mkdir -p "$4" ;;\n'
        "esac\n"
    )
    fake.chmod(0o755)
    done = make(tmp_path, f"PYTHON={fake}", ".venv/.python")
    assert (done.returncode == 0) == bool(usable), done.stderr
    assert (tmp_path / ".venv/.python").exists() == bool(usable)


def test_every_target_is_explained(tmp_path: Path) -> None:
    said = make(tmp_path).stdout
    targets = ["run", "test", "test-all", "services-up", "services-down", "check", "bench", "lock"]
    targets += ["simulate", "torture", "fuzz", "clean"]
    assert [name for name in targets if f"\n{name} " not in f"\n{said}"] == []
