"""The page of roles shows what the code allows, permission by permission."""

import re

from domain.identity.access import FOR_PERSONS, OF_THE_TENANT, ROLES, Permission, Role
from domain.identity.personal_token import SECRET_BYTES, secret_of
from tests.unit.sources import ROOT

PAGE = (ROOT / "docs/access.md").read_text()


def test_the_table_of_roles_is_that_of_the_code() -> None:
    head, _, *rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in PAGE[PAGE.index("| Permission |") :].splitlines()
        if line.startswith("|")
    ][: len(Permission) + 2]
    assert head == ["Permission", *Role]
    shown = {row[0].strip("`"): dict(zip(Role, row[1:], strict=True)) for row in rows}
    assert shown == {
        one.value: {role: "yes" if one in ROLES[role] else "-" for role in Role}
        for one in Permission
    }


def test_what_only_the_whole_tenant_gives_is_named() -> None:
    (line,) = [one for one in PAGE.splitlines() if one.startswith("Only who reaches every account")]
    assert set(re.findall(r"`([a-z.]+)`", line)) == OF_THE_TENANT


def test_the_pattern_for_scanners_finds_a_token() -> None:
    (pattern,) = re.findall(r"`(blst_\[.*?\}\}?)`", PAGE)
    assert re.fullmatch(pattern, secret_of(b"\x01" * SECRET_BYTES))


def test_what_no_token_carries_is_named() -> None:
    (sentence,) = re.findall(r"No token carries ([^,]*),", PAGE)
    assert set(re.findall(r"`([a-z.]+)`", sentence)) == FOR_PERSONS
