"""A check that is silenced says why: behind it, or in the comment above."""

import json
import re

from tests.unit.sources import ROOT, SHIPPED, python_files

SILENCED = re.compile(
    r"#\s*(?:noqa|type:\s*ignore|pragma|pylint|nosec|nosemgrep|fmt:\s*(?:off|skip))"
)
SAID = re.compile(
    r"(?:noqa(?::\s*[\w, ]+)?|fmt:\s*\w+|allowlist secret) - \w|ignore\[[^]]*\]  # \w"
)


def unexplained(lines: list[str]) -> list[int]:
    """Return the numbers of the lines that silence a check and give no reason."""
    return [
        number
        for number, (above, line) in enumerate(zip(["", *lines], lines, strict=False), start=1)
        if SILENCED.search(line) and not SAID.search(line) and not above.lstrip().startswith("# ")
    ]


def test_what_gives_no_reason_is_found() -> None:
    silence = "noqa: " + "BLE001"
    good = [f"a()  # {silence} - its caller's", "# It is meant.", f"b()  # {silence}"]
    assert unexplained(good) == []
    assert unexplained([f"a()  # {silence}", "b()", "c()  # type: " + "ignore[misc]"]) == [1, 3]
    assert unexplained(["c()  # type: " + "ignore[misc]  # it is asked to"]) == []


def test_every_silenced_check_says_why() -> None:
    found = {
        str(path): bare
        for path in python_files(*SHIPPED, "tests", "bench", "examples")
        # Most files silence nothing: one look at the whole is quicker than one at each line.
        if SILENCED.search(text := (ROOT / path).read_text())
        and (bare := unexplained(text.splitlines()))
    }
    assert found == {}


def test_what_the_scanner_of_secrets_lets_through_says_why() -> None:
    read = json.loads((ROOT / ".secrets.baseline").read_text())
    assert read["results"] == {}, "a finding is let through by its value, with the reason"
    patterns = [one for kind in read["filters_used"] for one in kind.get("pattern", ())]
    assert patterns
    for one in patterns:
        _, _, why = one.partition(" # ")
        assert one.startswith("(?x)^"), one
        assert len(why) > 20, one
        # Nothing that a generator of secrets makes.
        generated = "wJalrXUtnFEMIK7MDENGbPxRfiCY"  # pragma: allowlist secret - made up
        key = "BEGIN PRIVATE KEY"  # pragma: allowlist secret - no key
        assert not any(re.search(one, made) for made in (generated, key)), one
