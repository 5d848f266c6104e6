"""An area is made from its page alone, in a copy of the tree, and every route of it is tried."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.postgres.migrations.run import revisions
from tests.unit.sources import ROOT

PAGE = (ROOT / "docs/adding-an-area.md").read_text()
COPIED = (
    "domain",
    "ports",
    "application",
    "adapters",
    "bootstrap",
    "tests",
    "examples",
    "pyproject.toml",
)
TRIED = """
import asyncio
import sys
from tests.matrix.routes import sweep_routes
from tests.matrix.whole import over_postgres
from tests.matrix.world import open_world

async def main() -> None:
    async with open_world(over_postgres(sys.argv[1]) if sys.argv[1:] else None) as world:
        swept = await sweep_routes(world, only="/api/v1/pledges")
        assert not swept.wrongs, swept.wrongs
        assert swept.routes == 5, swept.routes
        assert swept.refused > 0 and swept.absent > 0, swept
        async with world.context.client() as client:
            body = {"to": "The library", "amount": "500.50", "due_on": "2027-01-31"}
            key = {"Idempotency-Key": "once"}
            made = await client.post("/api/v1/pledges", json=body, headers=key)
            again = await client.post("/api/v1/pledges", json=body, headers=key)
            assert made.status_code == 201 and made.content == again.content
            wrong = await client.post("/api/v1/pledges", json={**body, "amount": "0"})
            assert wrong.json()["errors"][0]["pointer"] == "/amount", wrong.text

asyncio.run(main())
"""


def _followed(tree: Path) -> None:
    """Do what the page says."""
    blocks = re.findall(r"```python\n# (\S+)\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 6
    for name, text in blocks:
        path = tree / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            re.sub(r'down_revision = "\d+"', f'down_revision = "{revisions()[-1]}"', text)
        )
    lines = re.findall(r"\| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \|", PAGE)
    assert len(lines) == 5
    for name, before, added in lines:
        path = tree / name
        text = path.read_text()
        assert text.count(f"{before}\n") == 1, f"{name} has not one line {before!r}"
        path.write_text(text.replace(f"{before}\n", f"{added}\n{before}\n"))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(
                source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "vendor")
            )
        else:
            shutil.copy(source, tmp_path / name)
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    _followed(tmp_path)
    return tmp_path


def _run(tree: Path, code: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=tree,
        env={"PYTHONPATH": str(tree), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-4_000:]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("stored", ["memory", "postgres"])
def test_every_route_of_it_lets_in_whom_it_may(
    tree: Path, stored: str, request: pytest.FixtureRequest
) -> None:
    # A server migrates as it starts: here to the revision that the page adds.
    urls = [request.getfixturevalue("database_url")] if stored == "postgres" else []
    _run(tree, TRIED, *urls)
