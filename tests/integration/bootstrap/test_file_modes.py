"""What a server leaves on the disk is its user's alone, and it starts on nothing else."""

import os
from pathlib import Path

import pytest

from tests.integration.backup.trading import CALM, ready, until
from tests.integration.bootstrap.processes import ballast, refused_start, served

pytestmark = pytest.mark.timeout(900)


def test_every_file_of_a_server_is_closed_and_an_open_one_keeps_it_from_starting(
    tmp_path: Path,
) -> None:
    folder, out, trail = tmp_path / "var", tmp_path / "b.backup", tmp_path / "trail.jsonl"
    # Whatever is usual on the machine.
    before = os.umask(0)
    try:
        with served(folder, **CALM) as server:
            ready(server)
            assert ballast(folder, "kill", "activate", "a test").returncode == 0
            until(lambda: (folder / "audit-anchor").exists())
            assert ballast(folder, "backup", "--out", str(out)).returncode == 0
            assert ballast(folder, "audit", "export", "--out", str(trail)).returncode == 0
            server.stop()
    finally:
        os.umask(before)
    ours = [path for path in folder.rglob("*") if "postgres" not in path.relative_to(folder).parts]
    assert {"keys", "paper-venue", "audit-anchor"} <= {path.name for path in ours}
    for path in (*ours, out, trail):
        assert path.stat().st_mode & 0o077 == 0, path
    assert folder.stat().st_mode & 0o022 == 0

    for path, mode in ((folder / "keys", 0o777), (folder / "paper-venue", 0o755)):
        path.chmod(mode)
        refused = refused_start(folder)
        assert refused.returncode == 1
        assert f"run `chmod 700 {path}`" in refused.stderr
        assert "Traceback" not in refused.stderr
        seen = ballast(folder, "doctor")
        assert f"chmod 700 {path}" in seen.stdout
        path.chmod(0o700)
