"""A back-up of a server that has traded."""

from pathlib import Path

import pytest

from adapters.postgres.backup.archive import MANIFEST
from tests.integration.backup.trading import CALM, keep_workspace, quantities, ready, trading, until
from tests.integration.bootstrap.processes import ballast, served


@pytest.fixture(scope="session")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a back-up with orders, fills, a denial, a switch and a workspace; no secret is in it."""
    folder = tmp_path_factory.mktemp("traded") / "var"
    out = folder.parent / "b.tar"
    with served(folder, **CALM) as server:
        ready(server)
        with trading(folder):
            assert ballast(folder, "order", "submit", "IBM", "buy", "100000").returncode == 3
        until(lambda: bool(quantities(folder)))
        keep_workspace(folder, layout=b'{ "panels" : [] }')
        assert ballast(folder, "kill", "activate", "a test").returncode == 0
        until(lambda: ballast(folder, "kill", "release", "it is over").returncode == 0)
        made = ballast(folder, "backup", "--out", str(out))
        assert made.returncode == 0, made.stderr
        (password,) = [
            line.split()[-1]
            for line in server.greeting.splitlines()
            if line.split()[:1] == ["password"]
        ]
    kept = out.read_bytes()
    assert MANIFEST.encode() in kept
    key = (folder / "keys" / "access-token.pem").read_bytes()
    cluster = (folder / "postgres" / "ballast.password").read_bytes().strip()
    for secret in (password.encode(), key, cluster):
        assert secret not in kept
    return out
