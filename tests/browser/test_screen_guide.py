"""The guide's own screen, written to a copy of the console and looked at."""

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from adapters.http.console.files import Console, console, read
from tests.browser.node import TOOLS, install, run
from tests.browser.person import Person
from tests.unit.sources import ROOT

_CONSOLE = ROOT / "adapters/http/console"
_GUIDE = ROOT / "docs/adding-a-screen.md"


@pytest.fixture
def extended(tmp_path: Path) -> Console:
    """Return a console with one file more: the one of the guide."""
    shutil.copytree(_CONSOLE, tmp_path / "console", ignore=shutil.ignore_patterns("*.py"))
    screen = re.search(r"```js\n(.*?)```", _GUIDE.read_text(), re.DOTALL)
    assert screen
    place = tmp_path / "console/areas/instruments"
    place.mkdir()
    (place / "instruments.js").write_text(screen[1])
    return read(tmp_path / "console")


def test_the_screen_of_the_guide_is_there_at_once(person: Person, extended: Console) -> None:
    here = person.server.url

    def serve(route: Route) -> None:
        path = route.request.url.removeprefix(here).partition("?")[0]
        if path.startswith("/console/"):
            found = extended.files[path.split("/", 3)[3]]
            route.fulfill(body=found.body, content_type=found.media_type)
        else:
            answer = route.fetch()
            route.fulfill(response=answer, body=extended.page(path))

    person.page.route(f"{here}/console/**", serve)
    person.page.route(f"{here}/login", serve)
    assert extended.digest != console().digest
    person.log_in()
    page = person.go("Instruments")
    expect(page.get_by_role("grid", name="Instruments")).to_contain_text("IBM")
    expect(page).to_have_title("Instruments · Ballast")


def test_the_screen_of_the_guide_passes_the_types(tmp_path: Path, extended: Console) -> None:
    install()
    del extended
    config = tmp_path / "tsconfig.json"
    modules = TOOLS / "node_modules"
    paths = ", ".join(
        f'"{name}": ["{modules / name}"]'
        for name in ("preact", "preact/hooks", "@preact/signals", "uplot", "lightweight-charts")
    )
    config.write_text(
        f'{{"extends": "{TOOLS / "tsconfig.json"}", "compilerOptions": {{"paths": {{{paths}}}}},'
        ' "include": ["console/**/*.js", "console/types/*.d.ts"],'
        ' "exclude": ["console/vendor/*.js"]}'
    )
    assert run("typescript/bin/tsc", ["--project", str(config)]) == 0
    # It is the screen that is checked: one that asks for what is not there is refused.
    screen = tmp_path / "console/areas/instruments/instruments.js"
    screen.write_text(screen.read_text().replace("market/instruments", "market/planets"))
    assert run("typescript/bin/tsc", ["--project", str(config)]) != 0
