"""Take the README's picture of the console: `python -m tests.browser.picture`."""

import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.browser.chromium import EXECUTABLE
from tests.browser.person import Person, serving
from tests.unit.sources import ROOT

TARGET = ROOT / "docs/console.png"


def main() -> None:
    """Trade a little on a server of our own, and take the picture of the trading screen."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "data") as server,
        sync_playwright() as playwright,
    ):
        server.set_password()
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1280, "height": 860})
        person = Person(context=context, server=server)
        person.log_in()
        page = person.go("Trade")
        page.get_by_role("combobox", name="Symbol").fill("IBM")
        page.get_by_role("textbox", name="Quantity").fill("10")
        expect(page.get_by_role("status", name="Gate")).to_have_text("Approved", timeout=60_000)
        page.get_by_role("button", name="Submit order").click()
        filled = page.get_by_role("grid", name="Orders").get_by_text("filled").first
        expect(filled).to_be_visible(timeout=60_000)
        page.get_by_role("textbox", name="Quantity").fill("500")
        expect(page.get_by_role("status", name="Gate")).to_contain_text("Denied", timeout=60_000)
        page.screenshot(path=TARGET)
        person.check()
        browser.close()


if __name__ == "__main__":
    main()
