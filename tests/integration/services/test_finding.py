"""A test finds its server or says why not, and no server outlives its tests."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.services import fetch
from tests.services.containers import docker_answers
from tests.services.process import Running, identify
from tests.services.service import Unavailable
from tests.unit.sources import ROOT

_HOLDS_REDIS = """
import sys
from tests.services.finding import own_service
with own_service("redis") as redis:
    print(redis.running.pid, flush=True)
    sys.stdin.read()
"""
_SKIPS = """
import pytest
def test_it():
    pytest.skip("no server today")
"""


def test_a_server_ends_when_its_tests_are_killed() -> None:
    command = [sys.executable, "-c", _HOLDS_REDIS]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as tests:
        assert tests.stdout is not None
        said = tests.stdout.readline()
        if not said:
            pytest.skip("redis cannot be had here")
        server = identify(int(said))
        assert server is not None
        tests.kill()
    assert server.gone(within_s=10)


def test_a_process_is_known_by_its_start_too() -> None:
    this = identify(os.getpid())
    assert this is not None
    assert this.lives()
    assert not Running(pid=this.pid, started="0").lives()


@pytest.mark.parametrize(("strict", "outcome"), [("0", "1 skipped"), ("1", "1 failed")])
def test_a_skip_is_a_failure_where_every_test_must_run(
    tmp_path: Path, strict: str, outcome: str
) -> None:
    (tmp_path / "test_it.py").write_text(_SKIPS)
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(tmp_path)]
    plugins = ["-p", "tests.conftest", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *plugins, str(tmp_path)],
        cwd=ROOT,
        env={
            **os.environ,
            "BALLAST_TEST_STRICT": strict,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert outcome in done.stdout, done.stdout + done.stderr
    assert strict == "0" or "no server today" in done.stdout


@pytest.mark.parametrize(("status", "answers"), [(b"200 OK", True), (b"503 No", False)])
def test_docker_is_used_where_its_engine_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: bytes, answers: bool
) -> None:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as engine:
        engine.bind(str(path))
        engine.listen()

        def answer() -> None:
            line, _ = engine.accept()
            with line:
                line.recv(1_000)
                line.sendall(b"HTTP/1.0 " + status + b"\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        assert docker_answers() is answers
        thread.join()


def test_docker_is_not_used_where_nobody_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 'none.sock'}")
    assert not docker_answers()


def test_a_library_that_is_not_what_was_pinned_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(Unavailable, match="make services-up"):
        fetch.kafka_jars()
    folder = fetch.jars_folder()
    folder.mkdir(parents=True)
    (folder / "kafka_2.13-4.3.1.jar").write_bytes(b"something else")
    with pytest.raises(Unavailable, match=r"kafka_2\.13-4\.3\.1\.jar.* are not what"):
        fetch.kafka_jars()


def test_a_java_that_is_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "java"
    old.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    old.chmod(0o755)
    monkeypatch.setenv("BALLAST_TEST_JAVA", str(old))
    with pytest.raises(Unavailable, match=f"no Java 17 or newer .looked at: {old}"):
        fetch.java_program()
