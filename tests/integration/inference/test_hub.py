"""Files of a model come from a hub at one commit, as they are listed, or not at all."""

import hashlib
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.compute.hub import HubFile, HubModel, HubUnavailable, ModelHub, hub_model
from domain.shared.values import InvalidValue
from ports.inference import ModelRefused
from tests.fakes.hub import COMMIT, REPOSITORY, FakeHub, Fault, blob_of

MODEL = HubModel(REPOSITORY, COMMIT)
GRAPH = bytes(range(256)) * 300
FILES = {
    "config.json": json.dumps({"id2label": {"0": "positive"}}).encode(),
    "vocab.txt": b"[PAD]\n[UNK]\nprofit\n",
    "onnx/model.onnx": GRAPH,
    "pytorch_model.bin": b"\x80\x04pickle",
    "modeling_tone.py": b"import os\n",
}
LARGE = frozenset({"onnx/model.onnx", "pytorch_model.bin"})
WANTED = ("config.json", "onnx/model.onnx", "vocab.txt")


def hub_at(hub: FakeHub, *, bytes_max: int = 2**20) -> ModelHub:
    return ModelHub(endpoint=hub.url, bytes_max=bytes_max)


def wanted(hub: ModelHub) -> list[HubFile]:
    return [one for one in hub.files(MODEL) if one.name in WANTED]


def test_the_files_of_a_commit_are_listed_and_fetched_byte_for_byte(tmp_path: Path) -> None:
    with FakeHub(FILES, LARGE) as fake:
        hub = hub_at(fake)
        listed = hub.files(MODEL)
        assert [one.name for one in listed] == sorted(FILES)
        fetched = hub.fetch(MODEL, wanted(hub), into=tmp_path)
    assert {one.name: one.sha256 for one in fetched} == {
        name: hashlib.sha256(FILES[name]).hexdigest() for name in WANTED
    }
    for one in fetched:
        assert one.path.read_bytes() == FILES[one.name]
        assert one.path.is_file()
        assert not one.path.is_symlink()
    assert sorted(str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*.*")) == list(WANTED)
    # Whatever was asked for was asked for at the commit.
    asked = [one for one in fake.asked if "/lies/" not in one]
    assert asked
    assert all(COMMIT in one for one in asked)


def test_the_librarys_own_client_reads_the_same_from_this_hub(tmp_path: Path) -> None:
    """The fake speaks the hub's wire: what its own client fetches is the same."""
    script = (
        "import sys, huggingface_hub\n"
        "print(huggingface_hub.snapshot_download(sys.argv[1], revision=sys.argv[2],"
        " endpoint=sys.argv[3], local_dir=sys.argv[4], token=False))\n"
    )
    with FakeHub(FILES, LARGE) as fake:
        ran = subprocess.run(
            [sys.executable, "-c", script, REPOSITORY, COMMIT, fake.url, str(tmp_path)],
            env={"PATH": os.environ["PATH"], "HF_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert ran.returncode == 0, ran.stderr
    for name, content in FILES.items():
        assert (tmp_path / name).read_bytes() == content


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("desk/tone", "names no commit"),
        ("desk/tone@", "names no commit"),
        ("desk/tone@main", "names 'main': branches, tags and short commits"),
        ("desk/tone@0123456", "names '0123456'"),
        (f"desk/tone@{COMMIT.upper()}", "all of its 40 hexadecimal digits"),
        (f"desk/tone@{COMMIT}0", "all of its 40 hexadecimal digits"),
        (f"tone@{COMMIT}", "must be OWNER/NAME@COMMIT"),
        (f"../tone@{COMMIT}", "must be OWNER/NAME@COMMIT"),
        (f"desk/to..ne@{COMMIT}", "must be OWNER/NAME@COMMIT"),
        (f"desk/tone/more@{COMMIT}", "must be OWNER/NAME@COMMIT"),
        (f"https://huggingface.co/desk/tone@{COMMIT}", "must be OWNER/NAME@COMMIT"),
    ],
)
def test_what_can_change_or_names_nothing_is_refused_with_what_would_be_right(
    text: str, said: str
) -> None:
    with pytest.raises(InvalidValue, match=re.escape(said)):
        hub_model(text)


def test_a_whole_commit_is_taken() -> None:
    assert hub_model(f"{REPOSITORY}@{COMMIT}") == MODEL
    assert str(MODEL) == f"{REPOSITORY}@{COMMIT}"


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        (Fault.GATED, ModelRefused, "gives it to nobody without an account"),
        (Fault.BROKEN, HubUnavailable, "answered 500"),
        (Fault.NO_JSON, HubUnavailable, "in another format"),
        (Fault.NO_SIZES, HubUnavailable, "in another format"),
        (Fault.MOVED_ON, ModelRefused, "means the commit " + "f" * 40),
        (Fault.OTHER_COMMIT, ModelRefused, "came as of the commit " + "e" * 40),
        (Fault.OTHER_BYTES, ModelRefused, "is not what the hub lists"),
        (Fault.ENDLESS, ModelRefused, "is not what the hub lists"),
        (Fault.CUT, HubUnavailable, "did not answer"),
        (Fault.ELSEWHERE, ModelRefused, "files.example.com, which is not asked"),
        (Fault.ROUND, ModelRefused, "led on more than 5 times"),
    ],
)
def test_what_is_not_as_it_should_be_leaves_no_file(
    tmp_path: Path, fault: Fault, error: type[Exception], said: str
) -> None:
    with FakeHub(FILES, LARGE, fault=fault) as fake:
        hub = hub_at(fake)
        with pytest.raises(error, match=re.escape(said)):
            hub.fetch(MODEL, [one for one in wanted(hub) if "onnx" in one.name], into=tmp_path)
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


def test_files_that_drip_are_given_up_and_leave_nothing(tmp_path: Path) -> None:
    with FakeHub(FILES, LARGE, fault=Fault.DRIPS) as fake:
        hub = ModelHub(endpoint=fake.url, bytes_max=2**20, whole_s=0.1)
        with pytest.raises(HubUnavailable, match=r"not whole after 0\.1 s"):
            hub.fetch(MODEL, [one for one in wanted(hub) if "onnx" in one.name], into=tmp_path)
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


def test_a_repository_or_commit_that_is_not_there_is_named() -> None:
    with FakeHub(FILES, LARGE) as fake:
        with pytest.raises(ModelRefused, match="no such public repository"):
            hub_at(fake).files(HubModel("desk/none", COMMIT))
        with pytest.raises(ModelRefused, match="no such commit"):
            hub_at(fake).files(HubModel(REPOSITORY, "a" * 40))


def test_a_hub_that_is_away_is_said_to_be() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(HubUnavailable, match="did not answer"):
            ModelHub(endpoint=url, bytes_max=1).files(MODEL)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("modeling_tone.py", "modeling_tone.py is not fetched"),
        ("pytorch_model.bin", "pytorch_model.bin is not fetched"),
        ("model.onnx_data", "model.onnx_data is not fetched"),
        ("../config.json", "a name that is not taken"),
        ("/etc/config.json", "a name that is not taken"),
        ("a//config.json", "a name that is not taken"),
        ("a/../config.json", "a name that is not taken"),
        (".hidden.json", "a name that is not taken"),
        ("a\\config.json", "a name that is not taken"),
        ("config.json\n", "a name that is not taken"),
    ],
)
def test_code_pickles_and_names_that_lead_elsewhere_are_not_asked_for(
    tmp_path: Path, name: str, said: str
) -> None:
    with FakeHub(FILES, LARGE) as fake:
        one = HubFile(name=name, size=1, sha256=None, blob=blob_of(b""))
        with pytest.raises(InvalidValue, match=re.escape(said)):
            hub_at(fake).fetch(MODEL, [one], into=tmp_path)
        assert fake.asked == []


def test_more_than_fits_is_refused_before_it_is_fetched(tmp_path: Path) -> None:
    with FakeHub(FILES, LARGE) as fake:
        hub = hub_at(fake, bytes_max=len(GRAPH))
        files = wanted(hub)
        fake.asked.clear()
        with pytest.raises(InvalidValue, match="at most 0 are fetched"):
            hub.fetch(MODEL, files, into=tmp_path)
        with pytest.raises(InvalidValue, match="must be at most 64, not 65"):
            hub.fetch(MODEL, [files[0]] * 65, into=tmp_path)
        assert fake.asked == []


def test_a_name_that_is_taken_is_neither_overwritten_nor_followed(tmp_path: Path) -> None:
    (tmp_path / "config.json").symlink_to(tmp_path / "elsewhere")
    with FakeHub(FILES, LARGE) as fake:
        hub = hub_at(fake)
        with pytest.raises(ModelRefused, match="is there already"):
            hub.fetch(MODEL, wanted(hub), into=tmp_path)
    assert not (tmp_path / "elsewhere").exists()
    assert (tmp_path / "config.json").is_symlink()


@pytest.mark.parametrize(
    "endpoint", ["http://huggingface.co", "ftp://127.0.0.1", "https://", "https://me@hub", "x"]
)
def test_a_hub_that_anybody_could_stand_in_for_is_refused(endpoint: str) -> None:
    with pytest.raises(InvalidValue, match="must be https://HOST"):
        ModelHub(endpoint=endpoint, bytes_max=1)
