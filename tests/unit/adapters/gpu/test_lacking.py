"""What lacks for TensorRT is named, one thing after the other."""

from pathlib import Path

import pytest

from adapters.gpu.tensorrt.lacking import has_package, tensorrt_lacks


@pytest.mark.parametrize(
    ("driver", "packages", "nvcc", "told"),
    [
        (False, {"tensorrt", "pycuda"}, True, "no driver"),
        (True, {"pycuda"}, True, "no TensorRT"),
        (True, {"tensorrt"}, True, "no pycuda: pip install 'ballast[cuda]'"),
        (True, {"tensorrt"}, False, "there is no nvcc"),
        (True, {"tensorrt", "pycuda"}, False, ""),
    ],
)
def test_each_lack_is_named(
    tmp_path: Path, driver: bool, packages: set[str], nvcc: bool, told: str
) -> None:
    file = tmp_path / "version"
    if driver:
        file.write_text("NVRM version: 580.65")
    why = tensorrt_lacks(
        driver=file, has=packages.__contains__, which=lambda _: "nvcc" if nvcc else None
    )
    assert why.startswith(told) or told in why
    assert bool(why) == bool(told)
    assert ("nvcc" in why) == ("nvcc" in told)


def test_stubs_of_a_package_are_not_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stubs = tmp_path / "only_stubs_of_it"
    stubs.mkdir()
    (stubs / "__init__.pyi").write_text("def run() -> None: ...\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert not has_package("only_stubs_of_it")
    assert not has_package("nothing_of_that_name")
    assert has_package("numpy")
