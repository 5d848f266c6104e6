"""Models are added, checked against recorded runs, served and run by commands."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from tests.contracts.inference import mlp, rows
from tests.integration.bootstrap.processes import Done, ballast, served
from tests.integration.inference.models import MODELS, bytes_of
from tests.unit.sources import ROOT

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    return tmp_path


def models(place: Path, *arguments: str, typed: str = "") -> Done:
    folder = str(place / "models")
    return ballast(
        place / "var", "models", *arguments, typed=typed, BALLAST_INFERENCE_MODEL_DIR=folder
    )


def there(place: Path) -> list[str]:
    folder = place / "models"
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*"))


def write(path: Path, name: str) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = bytes_of(MODELS[name]())
    path.write_bytes(content)
    return content


def record(folder: Path, place: int, *, wrong: float = 0.0) -> None:
    """Record a run of the MLP as ONNX records them."""
    folder = folder / f"test_data_set_{place}"
    folder.mkdir(parents=True)
    given = rows("mlp", place, 3)
    for file, array in (("input_0", given["x"]), ("output_0", mlp(given)["y"] + np.float32(wrong))):
        (folder / f"{file}.pb").write_bytes(numpy_helper.from_array(array).SerializeToString())


def test_no_command_waits_for_libraries_that_it_does_not_need() -> None:
    heavy = "{'numpy', 'onnx', 'onnxruntime', 'pandas', 'litestar', 'sqlalchemy'}"
    code = f"import sys, bootstrap.cli; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_file_is_added_under_the_next_number_and_its_digest_is_said(place: Path) -> None:
    content = write(place / "mlp.onnx", "mlp")
    added = models(place, "add", str(place / "mlp.onnx"))
    assert added.returncode == 0, added.stderr
    assert hashlib.sha256(content).hexdigest() in added.stdout
    assert "independent" in added.stdout
    assert "not in the audit trail: no server runs" in added.stderr
    again = models(place, "add", str(place / "mlp.onnx"))
    assert again.returncode == 0
    same = models(place, "add", str(place / "mlp.onnx"), "--version", "1")
    assert "was there" in same.stdout
    assert [one for one in there(place) if one.endswith(".onnx")] == [
        "mlp/1/model.onnx",
        "mlp/2/model.onnx",
    ]
    write(place / "mlp.onnx", "doubles")
    other = models(place, "add", str(place / "mlp.onnx"), "--version", "2")
    assert (other.returncode, other.stderr) == (
        2,
        "mlp/2: that version is there already, with other bytes",
    )
    assert (place / "models" / "mlp" / "2" / "model.onnx").read_bytes() == content


def test_a_folder_is_added_whole_or_not_at_all(place: Path) -> None:
    many = place / "many"
    write(many / "mlp.onnx", "mlp")
    write(many / "doubles" / "3" / "model.onnx", "doubles")
    (many / "broken.onnx").write_bytes(b"no model")
    (many / "linked.onnx").symlink_to(many / "mlp.onnx")
    refused = models(place, "add", str(many))
    assert refused.returncode == 2
    assert "linked.onnx is a link" in refused.stderr
    (many / "linked.onnx").unlink()
    refused = models(place, "add", str(many))
    assert (refused.returncode, refused.stderr.partition(":")[0]) == (2, "broken/1")
    assert there(place) == []
    (many / "broken.onnx").unlink()
    assert models(place, "add", str(many)).returncode == 0
    assert [one for one in there(place) if one.endswith(".onnx")] == [
        "doubles/3/model.onnx",
        "mlp/1/model.onnx",
    ]
    # A folder of one model bears its name.
    write(place / "words" / "model.onnx", "strings")
    assert models(place, "add", str(place / "words"), "--version", "7").returncode == 0
    assert "words/7/model.onnx" in there(place)
    named = models(place, "add", str(many), "--name", "one")
    assert "are for one model" in named.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing",), "must be NAME.onnx, or hold model.onnx"),
        (("mlp.onnx", "--name", "../out"), "must be 1 to 64 letters"),
        (("mlp.onnx", "--version", ".."), "must be 1 to 32 letters"),
    ],
)
def test_what_cannot_be_added_is_said(place: Path, arguments: tuple[str, ...], said: str) -> None:
    write(place / "mlp.onnx", "mlp")
    refused = models(place, "add", str(place / arguments[0]), *arguments[1:])
    assert (refused.returncode, said in refused.stderr) == (2, True), refused.stderr
    assert there(place) == []
    unset = ballast(place / "var", "models", "add", str(place / "mlp.onnx"))
    assert "inference.model_dir: must be set" in unset.stderr


def test_recorded_runs_are_held_against_what_a_model_says_here(place: Path) -> None:
    folder = place / "recorded"
    write(folder / "model.onnx", "mlp")
    for one in (10, 2):
        record(folder, one)
    fits = models(place, "check", str(folder))
    assert fits.returncode == 0, fits.stderr
    lines = fits.stdout.splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["test_data_set_2", "test_data_set_10"]
    assert lines[-1] == "2 outputs are as recorded"
    record(folder, 11, wrong=0.5)
    differs = models(place, "check", str(folder))
    assert (differs.returncode, differs.stderr) == (1, "1 of 3 outputs differ")
    assert "0.5" in differs.stdout
    assert "9 of 9 values differ" in differs.stdout
    assert models(place, "check", str(folder), "--absolute", "1").returncode == 0


def test_recorded_runs_that_cannot_be_read_are_named_by_file(place: Path) -> None:
    folder = place / "recorded"
    write(folder / "model.onnx", "mlp")
    none = models(place, "check", str(folder))
    assert (none.returncode, "must hold folders test_data_set_*" in none.stderr) == (2, True)
    record(folder, 0)
    file = folder / "test_data_set_0" / "input_0.pb"
    outside = onnx.TensorProto(data_type=1, dims=[1], data_location=onnx.TensorProto.EXTERNAL)
    outside.external_data.add(key="location", value="/etc/hostname")
    for content, said in (
        (b"\xff" * 9, "is no recorded tensor"),
        (outside.SerializeToString(), "must hold its values itself"),
        (numpy_helper.from_array(np.zeros(2)).SerializeToString(), "must be FP32, not FP64"),
    ):
        file.write_bytes(content)
        wrong = models(place, "check", str(folder))
        assert (wrong.returncode, said in wrong.stderr) == (2, True), wrong.stderr
    file.rename(file.with_name("input_4.pb"))
    wrong = models(place, "check", str(folder))
    assert "test_data_set_0/input_4.pb: is no input of the model: it has x" in wrong.stderr


def test_models_are_served_run_swapped_and_unloaded(place: Path) -> None:
    write(place / "mlp.onnx", "mlp")
    assert models(place, "add", str(place / "mlp.onnx")).returncode == 0
    folder = str(place / "models")
    given = rows("mlp", 5, 2)
    tensor = {"name": "x", "shape": [2, 32], "datatype": "FP32", "data": given["x"].tolist()}
    asked = json.dumps({"inputs": [tensor]})
    more = {"BALLAST_INFERENCE_MODEL_DIR": folder, "BALLAST_INFERENCE_LOAD": "demand"}
    with served(place / "var", "--profile", "memory", **more):
        ran = models(place, "run", "mlp", typed=asked)
        assert ran.returncode == 0, ran.stderr
        answer = json.loads(ran.stdout)
        found = np.array(answer["outputs"][0]["data"]).reshape(2, 3)
        np.testing.assert_allclose(found, mlp(given)["y"], atol=1e-5)
        assert answer["parameters"] == {"engine": "cpu"}
        shown = json.loads(models(place, "list", "--json").stdout)["items"][0]
        assert (shown["loaded"]["version"], shown["loaded"]["engine"]) == ("1", "cpu")
        assert "mlp" in models(place, "list").stdout
        assert models(place, "add", str(place / "mlp.onnx")).returncode == 0
        loaded = models(place, "load", "mlp", "--pin")
        assert loaded.returncode == 0, loaded.stderr
        assert "pinned" in loaded.stdout
        one = json.loads(models(place, "show", "mlp", "--json").stdout)["loaded"]
        assert (one["version"], one["pinned"]) == ("2", True)
        back = models(place, "load", "mlp", "--version", "1", "--unpin")
        assert back.returncode == 0, back.stderr
        assert models(place, "unload", "mlp").returncode == 0
        refused = models(place, "run", "mlp", typed=asked)
        assert (refused.returncode, "was unloaded" in refused.stderr) == (1, True)
        broken = models(place, "run", "mlp", typed="[1]")
        assert (broken.returncode, "must be an object" in broken.stderr) == (2, True)
