"""`--offline` holds for whatever the commands that run a server do, in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.sources import ROOT

# What the command would do, put in its place: a connection to an address set aside for documents.
SOURCE = """
import sys, socket, asyncio
from bootstrap.cli import main
import bootstrap.processes.serve, bootstrap.processes.worker

async def reach(settings, **rest):
    reader, writer = await asyncio.wait_for(asyncio.open_connection("203.0.113.7", 9), 5)

bootstrap.processes.serve.serve = bootstrap.processes.worker.work = reach
main()
"""
COMMANDS = {
    "serve": ("serve", "--profile", "memory"),
    "worker": ("worker", "api", "--port", "0"),
}


def run(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process whose work is to reach another machine."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("BALLAST_")}
    return subprocess.run(
        [sys.executable, "-c", SOURCE, *arguments],
        cwd=ROOT,
        env=kept | {"BALLAST_DATA_DIR": str(folder)} | more,
        capture_output=True,
        text=True,
        timeout=55,
        check=False,
    )


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_by_its_option_nothing_beyond_loopback_is_reached(command: str, tmp_path: Path) -> None:
    done = run(tmp_path, *COMMANDS[command], "--offline")
    assert done.returncode == 1
    assert "203.0.113.7 port 9 is not on this machine" in done.stderr


def test_by_the_setting_too(tmp_path: Path) -> None:
    done = run(tmp_path, *COMMANDS["serve"], BALLAST_OFFLINE="true")
    assert done.returncode == 1
    assert "203.0.113.7 port 9 is not on this machine" in done.stderr


def test_without_it_the_network_answers_for_itself(tmp_path: Path) -> None:
    done = run(tmp_path, *COMMANDS["serve"])
    assert "is not on this machine" not in done.stderr
