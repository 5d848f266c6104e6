"""Run `ballast` as its users do: a process with a folder, a port and an exit code."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from adapters.cli.failures import CommandFailed
from bootstrap.cli import app
from tests.unit.sources import ROOT

# How long an end may take on a machine that does much else.
END_S = 120.0
_READY = re.compile(r"Ballast is ready at (https?://\S+)")


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return an environment with no settings but those of the test."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("BALLAST_")}
    # Nobody is logged in: commands use the data folder's key.
    own = {"BALLAST_DATA_DIR": str(folder), "BALLAST_HTTP_PORT": "0"}
    own["XDG_STATE_HOME"] = str(folder.parent / "state")
    return kept | own | {"BALLAST_REPLAY_SECONDS_PER_DAY": "0.5"} | more


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a command came to."""

    returncode: int
    stdout: str
    stderr: str


def ballast(folder: Path, *arguments: str, typed: str = "", **more: str) -> Done:
    """Run a command to its end, in this process: starting Python is most of a command's time.

    typed: what it reads from its standard input.
    """
    others = {name: None for name in os.environ if name.startswith("BALLAST_")}
    env: dict[str, str | None] = {**others, **environment(folder, **more)}
    result = CliRunner().invoke(app, list(arguments), input=typed, env=env)
    if isinstance(result.exception, CommandFailed):
        problem = result.exception
        return Done(returncode=problem.code, stdout=result.stdout, stderr=str(problem))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(returncode=result.exit_code, stdout=result.stdout, stderr=result.stderr)


def refused_start(folder: Path, *options: str, **more: str) -> Done:
    """Start a server that cannot start, as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bootstrap.cli", "serve", *options],
        cwd=ROOT,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Done(returncode=done.returncode, stdout=done.stdout, stderr=done.stderr)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running server, and what it printed when it was ready."""

    process: subprocess.Popen[str]
    url: str
    greeting: str
    log: Path

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Tell it to stop, and return when it is gone."""
        self.process.send_signal(number)
        self.process.wait(timeout=END_S)


@contextmanager
def served(folder: Path, *options: str, **more: str) -> Iterator[Served]:
    """Serve on a folder until the block ends."""
    log = folder.parent / "server.log"
    with log.open("a") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "bootstrap.cli", "serve", *options],
            cwd=ROOT,
            env=environment(folder, **more),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        greeting = _greeting(process, log=log)
        found = _READY.search(greeting)
        assert found, greeting
        yield Served(process=process, url=found[1], greeting=greeting, log=log)
    finally:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """End a process; one that does not go fails the test, and takes no core from the others."""
    try:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=END_S)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def watching(folder: Path) -> Iterator[Iterator[str]]:
    """Watch the account until the block ends; gives the lines that are printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bootstrap.cli", "order", "watch", "--json"],
        cwd=ROOT,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield iter(process.stdout)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=END_S) == 0
        process.stdout.close()


def _greeting(process: "subprocess.Popen[str]", *, log: Path) -> str:
    """Read what is printed up to its last line; the test's own timeout bounds the wait."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Stop with"):
            return "".join(lines)
    raise AssertionError(f"the server ended: {log.read_text()[-2000:]}")
