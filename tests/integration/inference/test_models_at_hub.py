"""A model is added from a hub at one commit, looked at as any other, or nothing is."""

import hashlib
from pathlib import Path

import pytest

from tests.fakes.hub import COMMIT, REPOSITORY, FakeHub, Fault
from tests.integration.bootstrap.processes import Done, ballast
from tests.integration.inference.models import MODELS, bytes_of

pytestmark = pytest.mark.timeout(240)

MODEL = f"{REPOSITORY}@{COMMIT}"
MLP = bytes_of(MODELS["mlp"]())
OTHERS = {"own.py": b"raise SystemExit\n", "pytorch_model.bin": b"\x80", "config.json": b"{}"}


def add(place: Path, hub: FakeHub, *arguments: str, **more: str) -> Done:
    (place / "models").mkdir(exist_ok=True)
    settings = {
        "BALLAST_INFERENCE_HUB_URL": hub.url,
        "BALLAST_INFERENCE_MODEL_DIR": str(place / "models"),
    }
    return ballast(place / "var", "models", "add", *arguments, **settings, **more)


def there(place: Path) -> list[str]:
    folder = place / "models"
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*.onnx"))


def test_the_one_graph_of_a_commit_is_added_and_added_once(tmp_path: Path) -> None:
    with FakeHub({"onnx/model.onnx": MLP, **OTHERS}, frozenset({"onnx/model.onnx"})) as hub:
        added = add(tmp_path, hub, MODEL)
        assert added.returncode == 0, added.stderr
        assert hashlib.sha256(MLP).hexdigest() in added.stdout
        assert "not in the audit trail" in added.stderr
        again = add(tmp_path, hub, MODEL, "--version", "1")
        assert "was there" in again.stdout
        named = add(tmp_path, hub, MODEL, "--name", "other", "--version", "2024.1")
        assert named.returncode == 0, named.stderr
        assert not [one for one in hub.asked if any(name in one for name in OTHERS)]
    assert there(tmp_path) == ["other/2024.1/model.onnx", "tone/1/model.onnx"]
    assert (tmp_path / "models" / "tone" / "1" / "model.onnx").read_bytes() == MLP


def test_of_several_graphs_one_has_to_be_named(tmp_path: Path) -> None:
    files = {"a.onnx": MLP, "b.onnx": bytes_of(MODELS["doubles"]())}
    with FakeHub(files) as hub:
        unsaid = add(tmp_path, hub, MODEL)
        wrong = add(tmp_path, hub, MODEL, "--file", "c.onnx")
        assert there(tmp_path) == []
        added = add(tmp_path, hub, MODEL, "--file", "b.onnx")
        assert added.returncode == 0, added.stderr
    for refused, why in ((unsaid, "must say which"), (wrong, "is not there")):
        assert (refused.returncode, why in refused.stderr) == (2, True)
        assert "a.onnx, b.onnx" in refused.stderr
    assert (tmp_path / "models" / "tone" / "1" / "model.onnx").read_bytes() == files["b.onnx"]


@pytest.mark.parametrize(
    ("model", "files", "fault", "code", "said"),
    [
        (f"{REPOSITORY}@main", {"a.onnx": MLP}, None, 2, "branches, tags and short commits"),
        (f"{REPOSITORY}@{COMMIT[:12]}", {"a.onnx": MLP}, None, 2, "branches, tags"),
        (f"desk/none@{COMMIT}", {"a.onnx": MLP}, None, 2, "no such public repository"),
        (MODEL, {"own.py": b""}, None, 2, "has no .onnx file"),
        (MODEL, {"a.onnx": MLP[:-500]}, None, 2, "is no ONNX file"),
        (MODEL, {"a.onnx": MLP}, Fault.OTHER_BYTES, 2, "is not what the hub lists"),
        (MODEL, {"a.onnx": MLP}, Fault.BROKEN, 4, "the hub answered 500"),
    ],
)
def test_what_is_not_sound_and_pinned_is_not_added(
    tmp_path: Path, model: str, files: dict[str, bytes], fault: Fault | None, code: int, said: str
) -> None:
    with FakeHub(files, fault=fault) as hub:
        refused = add(tmp_path, hub, model)
    assert said in refused.stderr
    assert refused.returncode == code
    assert there(tmp_path) == []


def test_a_file_is_not_sought_in_what_lies_here(tmp_path: Path) -> None:
    (tmp_path / "mlp.onnx").write_bytes(MLP)
    with FakeHub({}) as hub:
        refused = add(tmp_path, hub, str(tmp_path / "mlp.onnx"), "--file", "a.onnx")
        assert hub.asked == []
    assert (refused.returncode, "is for a model at the hub" in refused.stderr) == (2, True)
