"""Models are added, checked against recorded runs, served and run by commands."""

import asyncio
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from adapters.compute.onnx.cpu import OnnxCpuEngine
from adapters.compute.onnx.examiner import OnnxExaminer
from domain.inference.bar_features import FEATURES
from domain.inference.forecast import terms_of
from domain.inference.model import ModelFacts
from domain.inference.tensors import Arrays
from domain.inference.training import TrainingTerms, train_ridge
from tests.contracts.inference import mlp, rows
from tests.integration.bootstrap.processes import Done, ballast, served
from tests.integration.inference.models import MODELS, bytes_of
from tests.unit.domain.inference.test_training import walked
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


def test_a_ridge_is_trained_reported_and_added_as_a_model(place: Path) -> None:
    bars = {name: walked(seed, echo=0.3) for seed, name in enumerate(("QX", "RV"))}
    lines = ["date,open,symbol,close,volume"]
    for day in range(300):
        for name, one in bars.items():
            lines.append(f"{one.days[day]},1,{name},{one.closes[day]!r},{one.volumes[day]!r}")
    file = place / "bars.csv"
    file.write_text("\n".join(lines) + "\n")
    done = models(place, "train", "ridge", str(file), "--name", "next", "--horizon", "1")
    assert done.returncode == 0, done.stderr
    by = TrainingTerms(horizon_days=1)
    trained = train_ridge(bars, by=by)
    [whole] = [line.split() for line in done.stdout.splitlines() if line.startswith("all of these")]
    figures = trained.whole
    assert whole[3:] == [
        str(figures.rows),
        str(figures.trained_on),
        *(f"{one:.4f}" for one in (figures.rank_correlation, figures.hit_rate, figures.gain)),
    ]
    assert f"expires on    {trained.terms.expires_on}" in done.stdout
    content = (place / "models" / "next" / "1" / "model.onnx").read_bytes()
    assert hashlib.sha256(content).hexdigest() in done.stdout

    async def found() -> tuple[ModelFacts, Arrays]:
        examined = await OnnxExaminer().examine(content)
        session = await OnnxCpuEngine().open(examined.content, examined.facts)
        return examined.facts, await session.run({"features": given})

    given = np.random.default_rng(1).normal(0, 0.02, (50, len(FEATURES))).astype(np.float32)
    facts, outputs = asyncio.run(found())
    np.testing.assert_allclose(outputs["forecast"][:, 0], trained.ridge.predict(given), atol=1e-6)
    assert (facts.engine, facts.single) == ("cpu", "")
    assert terms_of(dict(facts.metadata)) == trained.terms
    report = json.loads(dict(facts.metadata)["ballast.report"])
    assert report["out_of_sample"]["gain"] == trained.whole.gain


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("date,symbol,close\n", "head: must have date, symbol, close, volume once each"),
        ("date,symbol,close,volume\n2024-01-02,QX,1\n", "line 2: row: must have 4 fields"),
        ("date,symbol,close,volume\n02.01.2024,QX,1,1\n", "line 2: date: must be as 2026-01-02"),
        ("date,symbol,close,volume\n2024-01-02,QX,0,1\n", "line 2: close: must be a number above"),
        ("date,symbol,close,volume\n2024-01-02,QX,1,nan\n", "line 2: volume: must be a number 0"),
        (
            "date,symbol,close,volume\n2024-01-02,QX,1,1\n2024-01-02,QX,1,1\n",
            "line 3: date: must be after 2024-01-02",
        ),
        ("date,symbol,close,volume\n2024-01-02,QX,1,1\n", "must have a symbol of more days"),
    ],
)
def test_bars_that_cannot_be_trained_on_are_named_by_line(
    place: Path, text: str, said: str
) -> None:
    (place / "bars.csv").write_text(text)
    refused = models(place, "train", "ridge", str(place / "bars.csv"))
    assert (refused.returncode, said in refused.stderr) == (2, True), refused.stderr
    assert there(place) == []


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
