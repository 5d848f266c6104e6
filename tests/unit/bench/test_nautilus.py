"""Running a peer in another interpreter: its answer is read, its failures are named."""

import sys
from pathlib import Path

import pytest

from bench.peers import nautilus
from bench.peers.nautilus import PeerError, run_peer


@pytest.fixture(autouse=True)
def this_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(nautilus.INTERPRETER_VARIABLE, sys.executable)


def test_the_answer_is_the_object_that_the_peer_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _peer(tmp_path, monkeypatch, text='import sys; print(\'{"given": "%s"}\' % sys.argv[1])')

    assert run_peer(module="peer", arguments=("--repeats=2",)) == {"given": "--repeats=2"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("raise SystemExit('no figures')", "peer ended with status 1: no figures"),
        ("print('warming up')", "did not print one JSON object"),
        ("print([1])", "printed a list, not a JSON object"),
        ("import time; time.sleep(30)", "did not end within 0.2 s"),
    ],
)
def test_a_peer_that_fails_is_named_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, complaint: str
) -> None:
    _peer(tmp_path, monkeypatch, text=text)

    with pytest.raises(PeerError, match=complaint):
        run_peer(module="peer", timeout_s=0.2 if "sleep" in text else 10)


def test_a_missing_interpreter_is_told_with_the_way_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(nautilus.INTERPRETER_VARIABLE, str(tmp_path / "python"))

    with pytest.raises(PeerError, match="make bench"):
        nautilus.interpreter()


def _peer(folder: Path, monkeypatch: pytest.MonkeyPatch, *, text: str) -> None:
    (folder / "peer.py").write_text(text)
    monkeypatch.setattr(nautilus, "ROOT", folder)
