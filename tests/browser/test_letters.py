"""Letters are sealed in the page, kept as they are sealed, and opened with public tools alone."""

import base64
from pathlib import Path

import pyrage
from playwright.sync_api import Page, expect

from tests.browser.person import PASSWORD, Person
from tests.browser.test_succession import let_in

OWNER, SHARED = (pyrage.x25519.Identity.generate() for _ in range(2))
RECIPIENTS = f"# the owner\n{OWNER.to_public()}\n# shared\n{SHARED.to_public()}\n"
LETTER = "Dear all,\nthe deed is in the safe. \N{SNOWMAN}\n".encode()


def at_letters(own: Person) -> Page:
    page = own.log_in()
    own.go("Succession")
    # The link moves down once the plan is there: a click on its way would miss it.
    expect(page.get_by_role("button", name="Write the plan")).to_be_visible()
    page.get_by_role("link", name="Letters").last.click()
    expect(page.get_by_role("heading", level=1, name="Letters")).to_be_visible()
    return page


def test_a_letter_is_sealed_in_the_page_downloaded_opened_and_destroyed(
    own: Person, tmp_path: Path
) -> None:
    own.server.set_password()
    let_in(own.server, "Tess")
    (tmp_path / "letter.txt").write_bytes(LETTER)
    (tmp_path / "recipients.txt").write_text(RECIPIENTS)
    sent: list[str] = []
    own.page.on("request", lambda asked: sent.append(asked.post_data or ""))
    page = at_letters(own)
    expect(page.get_by_text("No letter is kept yet.")).to_be_visible()
    form = page.get_by_role("form", name="Letter")
    form.get_by_label("File").set_input_files(tmp_path / "letter.txt")
    form.get_by_label("Your recipients.txt").set_input_files(tmp_path / "recipients.txt")
    form.get_by_role("checkbox", name="Tess may have it").check()
    form.get_by_role("button", name="Seal and keep it").click()
    row = (
        page.get_by_role("region", name="Letters").get_by_role("row").filter(has_text="letter.txt")
    )
    expect(row).to_contain_text("Tess")
    expect(row).to_contain_text("after a release")
    # What left this machine is sealed.
    clear = base64.b64encode(LETTER).decode().rstrip("=")
    assert any("letter.txt" in body for body in sent)
    assert not any("the deed" in body or clear[:40] in body for body in sent)
    with page.expect_download() as started:
        row.get_by_role("button", name="Download").click()
    assert started.value.suggested_filename == "letter.txt.age"
    content = Path(started.value.path()).read_bytes()
    for identity in (OWNER, SHARED):
        assert pyrage.decrypt(content, [identity]) == LETTER
    (kept,) = own.server.own("GET", "succession/letters")["items"]
    stored = own.server.own("GET", f"succession/letters/{kept['id']}")["content"]
    assert base64.b64decode(stored) == content
    row.get_by_role("button", name="Destroy").click()
    dialog = page.get_by_role("dialog", name="Destroy a letter")
    dialog.get_by_role("button", name="Destroy it").click()
    expect(page.get_by_text("No letter is kept yet.")).to_be_visible()
    assert own.server.own("GET", "succession/letters")["items"] == []


def test_what_cannot_be_sealed_is_said_at_its_line_and_nothing_is_sent(
    own: Person, tmp_path: Path
) -> None:
    own.server.set_password()
    (tmp_path / "letter.txt").write_bytes(LETTER)
    (tmp_path / "recipients.txt").write_text("age1no\n")
    page = at_letters(own)
    form = page.get_by_role("form", name="Letter")
    send = form.get_by_role("button", name="Seal and keep it")
    send.click()
    expect(form.get_by_label("File")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("File").set_input_files(tmp_path / "letter.txt")
    form.get_by_label("Your recipients.txt").set_input_files(tmp_path / "recipients.txt")
    send.click()
    expect(form).to_contain_text("recipients.txt holds two recipients")
    assert own.server.own("GET", "succession/letters")["items"] == []


def test_a_trustee_has_what_is_handed_over_and_cannot_write(own: Person) -> None:
    own.server.set_password()
    email = let_in(own.server, "Tess")
    trustee = next(
        one["id"] for one in own.server.own("GET", "members")["items"] if one["role"] == "trustee"
    )
    sealed = pyrage.encrypt(LETTER, [OWNER.to_public(), SHARED.to_public()])
    said = {"sealed_for": str(SHARED.to_public()), "content": base64.b64encode(sealed).decode()}
    key = {"recipient": said["sealed_for"], "threshold": 2, "trustees": ["Tess", "Tom"]}
    own.server.own("PUT", "succession/letters/key", **key)
    for name, when in (("now.txt", "at_once"), ("later.txt", "on_release")):
        own.server.own(
            "POST", "succession/letters", name=name, when=when, readers=[trustee], **said
        )
    page = own.page
    page.goto(f"{own.server.url}/login")
    page.get_by_role("textbox", name="E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("banner")).to_be_visible()
    page.goto(f"{own.server.url}/dashboard/succession/letters")
    table = page.get_by_role("region", name="Letters", exact=True)
    expect(table.get_by_role("row")).to_have_count(2)
    expect(table).to_contain_text("now.txt")
    expect(page.get_by_text("any 2 open what is sealed")).to_be_visible()
    expect(page.get_by_role("form", name="Letter")).to_have_count(0)
    expect(table.get_by_role("button", name="Destroy")).to_have_count(0)
