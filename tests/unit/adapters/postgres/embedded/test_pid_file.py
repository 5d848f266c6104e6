"""What a server's pid file says."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.postgres.embedded.pid_file import PidFile, parse_pid_file, read_pid_file, servers_in

READY = "4711\n/data\n1795235939\n54999\n\n127.0.0.1\n  9977961         9\nready   \n"


def test_a_ready_server_is_recognised_by_line_8() -> None:
    said = parse_pid_file(READY)
    assert said == PidFile(pid=4711, port=54999, status="ready")
    assert said.ready


@pytest.mark.parametrize("status", ["starting", "stopping", "standby", ""])
def test_any_other_state_is_not_ready(status: str) -> None:
    said = parse_pid_file(READY.replace("ready   ", status))
    assert said is not None
    assert not said.ready


def test_a_file_still_being_written_names_its_pid_and_is_not_ready() -> None:
    assert parse_pid_file("4711\n/data\n") == PidFile(pid=4711, port=None, status="")


def test_a_standalone_backend_writes_its_pid_negated() -> None:
    said = parse_pid_file("-4711\n/data\n")
    assert said is not None
    assert said.pid == 4711


@pytest.mark.parametrize("text", ["", "\n", "x", "0\n", "1\n", "-1\n", "٣٣\n", "--7\n", "\x00" * 9])
def test_garbage_and_pids_never_to_be_signalled_are_nothing(text: str) -> None:
    assert parse_pid_file(text) is None


@given(st.text(max_size=60))
def test_no_text_crashes_the_parser_or_yields_a_dangerous_pid(text: str) -> None:
    said = parse_pid_file(text)
    assert said is None or said.pid > 1


def test_no_file_is_nothing(tmp_path: Path) -> None:
    assert read_pid_file(cluster=tmp_path) is None


def test_this_process_is_no_server_even_when_it_works_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert servers_in(cluster=tmp_path) == frozenset()
