"""What is called of TensorRT is called as its types say: `tensorrt-stubs`, read by mypy.

The stubs as they are published name a parameter `in`, and have one without a default behind one
with it: no parser takes either. Here they are mended in that, laid where mypy looks first, and
our own files are checked against them.
"""

import os
import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.unit.sources import ROOT

OURS = ["building", "running", "worker"]
SETTINGS = """
[mypy]
strict = True
[mypy-tensorrt_bindings.*,tensorrt.*,numpy.*]
ignore_errors = True
[mypy-pycuda.*]
ignore_missing_imports = True
"""
# The stubs keep our calls apart only if these are told: a wrong name, kind, and number.
WRONG = """
import tensorrt as trt

def build(builder: trt.Builder, context: trt.IExecutionContext) -> None:
    builder.create_netwerk(0)
    context.execute_async_v3("stream")
    context.set_tensor_address("x")
"""


@pytest.fixture(scope="module")
def mended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stubs")
    stubs = distribution("tensorrt-stubs")
    for file in stubs.files or ():
        if file.suffix == ".pyi":
            text = Path(str(stubs.locate_file(file))).read_text()
            path = folder / str(file)
            path.parent.mkdir(exist_ok=True)
            text = re.sub(r"\bin: ", "in_: ", text)
            path.write_text(
                text.replace("None, channel_axis: int)", "None, channel_axis: int = 0)")
            )
    assert (folder / "tensorrt" / "__init__.pyi").is_file()
    return folder


def checked(stubs: Path, *files: str) -> "subprocess.CompletedProcess[str]":
    """Run mypy over files, with the mended stubs before all others."""
    settings = stubs / "mypy.ini"
    settings.write_text(SETTINGS)
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(settings), *files],
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": str(stubs), "MYPY_CACHE_DIR": str(stubs / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_our_calls_are_as_the_types_say(mended: Path) -> None:
    done = checked(mended, *(f"adapters/gpu/tensorrt/{one}.py" for one in OURS))
    assert done.returncode == 0, done.stdout + done.stderr


def test_wrong_calls_are_found_by_the_same_types(mended: Path) -> None:
    wrong = mended / "wrong.py"
    wrong.write_text(WRONG)
    done = checked(mended, str(wrong))
    assert [int(one) for one in re.findall(r"wrong\.py:(\d+): error", done.stdout)] == [5, 6, 7]
