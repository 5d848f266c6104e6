"""`make gpu` names what is left out, and why."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.gpu.lacking import cuda_lacks, skipped
from tests.unit.sources import ROOT


def test_each_lack_is_named_by_what_would_be_tried(tmp_path: Path) -> None:
    driver = tmp_path / "version"
    none = skipped(driver=driver, known=list, found=lambda _: None)
    assert set(none) == {"ONNX Runtime on CUDA", "TensorRT", "CUDA kernels"}
    assert all(one.startswith("no driver") for one in none.values())
    driver.write_text("NVRM version")
    some = skipped(
        driver=driver,
        known=lambda: ["CPUExecutionProvider"],
        has=lambda _: False,
        found=lambda _: None,
        nvvm=lambda: False,
    )
    assert [one.partition(":")[0] for one in some.values()] == [
        "no CUDA in onnxruntime",
        "no TensorRT",
        "no nvcc",
    ]
    known = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    assert "ONNX Runtime on CUDA" not in skipped(driver=driver, known=lambda: known)
    # TensorRT's memory and streams are those of pycuda, which is built from source.
    no_pycuda = skipped(driver=driver, has=lambda one: one == "tensorrt", found=lambda _: None)
    assert "nvcc" in no_pycuda["TensorRT"]
    everything = skipped(
        driver=driver, known=lambda: known, has=lambda _: True, found=lambda _: "nvcc"
    )
    assert everything == {}


@pytest.mark.skipif(not cuda_lacks(), reason="there is a GPU here: its tests would run twice")
def test_without_a_gpu_it_ends_well() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.gpu"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == [
        "skipped ONNX Runtime on CUDA",
        "skipped TensorRT",
        "skipped CUDA kernels",
    ]
