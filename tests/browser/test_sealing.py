"""A file is sealed in the browser, under the page's policy, and opens with either key alone."""

import base64
from typing import Any

import pyrage
import pytest

from domain.succession.age_file import check_age_file
from tests.browser.person import Person

OWNER, SHARED = (pyrage.x25519.Identity.generate() for _ in range(2))
RECIPIENTS = f"# the owner\n{OWNER.to_public()}\n# shared\n{SHARED.to_public()}\n"
_SEAL = """async ({ text, size }) => {
    const app = document.querySelector('script[src$="/app.js"]').src;
    const { recipientsOf, seal } = await import(app.replace(/app\\.js$/, "core/seal.js"));
    try {
        const file = new File([new Uint8Array(size).fill(7)], "will.pdf");
        return await seal(file, recipientsOf(text));
    } catch (problem) {
        return { problem: String(problem) };
    }
}"""


def sealed(person: Person, *, text: str = RECIPIENTS, size: int) -> dict[str, Any]:
    page = person.log_in()
    told: dict[str, Any] = page.evaluate(_SEAL, {"text": text, "size": size})
    return told


@pytest.mark.parametrize("size", [0, 65_537, 10_000_000])
def test_a_file_is_sealed_for_the_owner_and_the_shared_key(person: Person, size: int) -> None:
    told = sealed(person, size=size)
    assert (told["name"], told["sealed_for"]) == ("will.pdf", str(SHARED.to_public()))
    content = base64.b64decode(told["content"], validate=True)
    check_age_file(content, field="content")
    for identity in (OWNER, SHARED):
        assert pyrage.decrypt(content, [identity]) == bytes([7]) * size


@pytest.mark.parametrize("text", ["", f"{OWNER.to_public()}\n", 2 * f"{OWNER.to_public()}\n"])
def test_other_recipients_than_two_are_refused(person: Person, text: str) -> None:
    assert "two recipients" in sealed(person, text=text, size=1)["problem"]


def test_a_file_that_is_too_large_is_refused(person: Person) -> None:
    assert "larger than" in sealed(person, size=10_000_001)["problem"]
