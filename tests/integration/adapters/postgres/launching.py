"""Help to start the embedded server in tests, and to be sure that it ends."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from adapters.postgres.embedded.pid_file import servers_in
from adapters.postgres.embedded.server import EmbeddedPostgres

ROOT = Path(__file__).parents[4]
RUNNER = "tests.integration.adapters.postgres.embedded_runs"


@contextmanager
def data_folder(*, private: bool = False) -> Iterator[Path]:
    """Give a data folder that is not there yet; below one for its owner only when private."""
    parent = Path(tempfile.mkdtemp(prefix="ballast-test-"))
    parent.chmod(0o700 if private else 0o755)
    try:
        yield parent / "var"
    finally:
        shutil.rmtree(parent)


@asynccontextmanager
async def running(
    folder: Path, *, environment: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[EmbeddedPostgres, str]]:
    """Run a server on the folder."""
    server = EmbeddedPostgres(data_dir=folder, environment=environment)
    url = await server.start()
    try:
        yield server, url
    finally:
        await server.stop()


async def ask(url: str, query: str) -> Any:
    """Return what one query yields."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


@contextmanager
def in_a_process(
    folder: Path, *, user: int | None = None
) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Run a server from another process, and give that process and what it said."""
    python = sys.executable if user is None else python_for(user)
    process = subprocess.Popen(
        [python, "-B", "-m", RUNNER, str(folder), "hold"],
        stdout=subprocess.PIPE,
        text=True,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        env=environment_for_tests(),
    )
    assert process.stdout is not None
    try:
        lines = (line for line in process.stdout if line.startswith("{"))
        yield process, json.loads(next(lines))
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()
        wait_for_rest(folder / "postgres")


def python_for(user: int) -> str:
    """Return a Python of this version that the user may run; skip where there is none."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, shutil.which(version, path="/usr/local/bin:/usr/bin")):
        if python is not None and _imports(python, user=user):
            return python
    pytest.skip(
        f"uid {user} may run no {version} with these libraries: they lie in private folders"
    )


def environment_for_tests() -> dict[str, str]:
    """Return an environment in which any Python finds this one's libraries and our code."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}


def wait_for_rest(cluster: Path) -> None:
    """Wait until no server works in the folder."""
    for _ in range(1000):
        if not cluster.exists() or not servers_in(cluster=cluster):
            return
        time.sleep(0.02)
    raise AssertionError(f"a server still works in {cluster}")


def copy_of(source: Path, *, to: Path) -> None:
    """Copy a data folder with its owners and modes."""
    subprocess.run(["cp", "-a", str(source), str(to)], check=True, timeout=30)


def _imports(python: str, *, user: int) -> bool:
    try:
        ended = subprocess.run(
            [python, "-B", "-c", f"import {RUNNER}"],
            user=user,
            group=user,
            extra_groups=[],
            env=environment_for_tests(),
            capture_output=True,
            timeout=30,
            check=False,
        )
    except OSError:
        return False
    return ended.returncode == 0


async def gone(pid: int, *, timeout_s: float = 10.0) -> bool:
    """Tell whether the process ends in time."""
    for _ in range(int(timeout_s / 0.02)):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        await asyncio.sleep(0.02)
    return False
