"""`make services-up` and `services-down`: twice is harmless, a crash is told, strangers live."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.fetch import fetch_redis
from tests.services.finding import url_of
from tests.services.process import identify
from tests.services.service import Service, Unavailable
from tests.services.state import State
from tests.unit.sources import ROOT

pytestmark = pytest.mark.timeout(900)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command on a folder of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tests.services", *arguments, "--folder", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def entries(folder: Path) -> dict[str, Any]:
    """Read the state file."""
    read: dict[str, Any] = json.loads((folder / "state.json").read_text())
    return read


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Give a folder, and stop what was started there."""
    try:
        fetch_redis(install=False)
    except Unavailable as problem:
        pytest.skip(str(problem))
    folder = tmp_path / "services"
    yield folder
    run(folder, "down")


def test_they_start_once_and_stop_without_a_trace(folder: Path) -> None:
    started = run(folder, "up", "--only", "postgres,redis")
    assert started.returncode == 0, started.stdout
    known = entries(folder)
    again = run(folder, "up", "--only", "postgres,redis")
    assert again.returncode == 0
    assert again.stdout.splitlines() == [
        f"postgres runs: {known['postgres']['url']}",
        f"redis runs: {known['redis']['url']}",
    ]
    assert entries(folder) == known
    assert run(folder, "status", "--only", "postgres,redis").returncode == 0
    assert run(folder, "env").stdout.splitlines() == [
        f"export BALLAST_TEST_DATABASE_URL='{known['postgres']['url']}'",
        f"export BALLAST_TEST_REDIS_URL='{known['redis']['url']}'",
    ]
    stopped = run(folder, "down")
    assert stopped.stdout.splitlines() == [
        "postgres stopped",
        "redis stopped",
        "kafka was not started",
    ]
    assert [identify(entry["pid"]) for entry in known.values()] == [None, None]
    assert entries(folder) == {}
    assert [Path(entry["folder"]).exists() for entry in known.values()] == [False, False]
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == []


def test_a_crash_is_told_with_the_end_of_the_log_and_mended_by_another_start(
    folder: Path,
) -> None:
    assert run(folder, "up", "--only", "redis").returncode == 0
    known = entries(folder)["redis"]
    os.kill(known["pid"], signal.SIGKILL)
    told = run(folder, "status", "--only", "redis")
    assert told.returncode == 1
    assert "redis has crashed" in told.stdout
    assert "Ready to accept connections" in told.stdout
    mended = run(folder, "up", "--only", "redis")
    assert mended.returncode == 0
    assert "redis has crashed" in mended.stdout
    assert entries(folder)["redis"]["url"] == known["url"]
    assert entries(folder)["redis"]["pid"] != known["pid"]


def test_a_process_that_has_the_recorded_id_by_chance_is_left_alone(folder: Path) -> None:
    assert run(folder, "up", "--only", "redis").returncode == 0
    known = entries(folder)
    os.kill(known["redis"]["pid"], signal.SIGKILL)
    with subprocess.Popen(["sleep", "60"]) as stranger:
        known["redis"]["pid"] = stranger.pid
        (folder / "state.json").write_text(json.dumps(known))
        assert "redis has crashed" in run(folder, "down", "--only", "redis").stdout
        assert stranger.poll() is None
        stranger.kill()


def test_a_server_that_cannot_start_is_told_with_its_log(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "redis-server"
    broken.write_text("#!/bin/sh\necho no memory today\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("BALLAST_TEST_REDIS_SERVER", str(broken))
    told = run(folder, "up", "--only", "redis")
    assert told.returncode == 1
    assert told.stdout == "error: redis ended while it started\nno memory today\n"
    assert entries(folder) == {}


def test_a_state_file_that_is_no_longer_one_stops_the_work(folder: Path) -> None:
    folder.mkdir()
    (folder / "state.json").write_text('{"redis": 1}')
    told = run(folder, "up", "--only", "redis")
    assert told.returncode == 1
    assert "state.json cannot be read" in told.stdout
    (folder / "state.json").unlink()


def test_an_unknown_service_is_refused(tmp_path: Path) -> None:
    told = run(tmp_path, "up", "--only", "redis,oracle")
    assert (told.returncode, told.stdout) == (
        2,
        "error: oracle unknown; there are postgres, redis, kafka\n",
    )


def test_a_url_that_is_given_comes_first_then_what_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def own() -> Service:
        raise AssertionError("nothing of our own is needed")

    assert run(folder, "up", "--only", "redis").returncode == 0
    monkeypatch.delenv("BALLAST_TEST_REDIS_URL", raising=False)
    with url_of("redis", own=own, state=State(folder)) as url:
        assert url == entries(folder)["redis"]["url"]
    monkeypatch.setenv("BALLAST_TEST_REDIS_URL", "redis://elsewhere")
    with url_of("redis", own=own, state=State(folder)) as url:
        assert url == "redis://elsewhere"
