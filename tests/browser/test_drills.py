"""What a rehearsal of a stop showed."""

import subprocess
import sys
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests.browser.person import Person, serving
from tests.integration.bootstrap.processes import environment
from tests.unit.sources import ROOT


def test_a_drill_is_shown_venue_by_venue(tmp_path: Path, context: BrowserContext) -> None:
    folder = tmp_path / "data"
    with serving(folder) as server:
        server.set_password()
        person = Person(context=context, server=server)
        person.log_in()
        page = person.go("Drills")
        expect(page.get_by_role("heading", name="No drill yet")).to_be_visible()
        port = server.url.rpartition(":")[2]
        asked = ("--orders", "20", "--venues", "steady,unreachable")
        done = subprocess.run(
            [sys.executable, "-m", "bootstrap.cli", "kill", "drill", *asked],
            env=environment(folder, BALLAST_HTTP_PORT=port),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        page.reload()
        drill = page.get_by_role("region", name="Venues of the drill")
        expect(drill.get_by_role("row", name="steady")).to_contain_text("confirmed")
        expect(drill.get_by_role("row", name="unreachable")).to_contain_text("escalated")
        expect(page.get_by_role("alert")).to_have_count(0)
    person.check()
