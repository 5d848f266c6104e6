"""The page on torture names what `--only` takes, and counts as the tortures do."""

import re

from tests.torture import __main__ as command
from tests.torture import audit_attacks, audit_chain, audit_sql, dependencies
from tests.torture.failpoint_names import NAMES
from tests.torture.network_faults import FAULTS
from tests.torture.poison import KINDS
from tests.unit.sources import ROOT

PAGE = (ROOT / "docs/torture.md").read_text()


def test_every_torture_has_its_line() -> None:
    rows = re.findall(r"^\| ([a-z, -]+) \|", PAGE.partition("## Torture")[2], re.MULTILINE)
    named = [name for row in rows for name in row.split(", ") if name != "name"]
    assert sorted(named) == sorted(command.TORTURES)


def test_the_sizes_are_those_of_the_tortures() -> None:
    (sentence,) = re.findall(r"^.*`--count` sizes (.*)\.$", PAGE, re.MULTILINE)
    told = {
        name: int(size.replace(",", ""))
        for name, size in re.findall(r"`([a-z-]+)`(?: in memory)? \((?:all )?([0-9,]+)\)", sentence)
    }
    assert told == {
        "stops-fleet": command.ACTIVATIONS_OF_PROCESSES,
        "refresh": command.REFRESH_ROUNDS,
        "factors": command.FACTOR_ROUNDS,
        "passkeys": command.PASSKEY_ROUNDS,
        "survival": command.ROUNDS,
        "faults": len(dependencies.DEPENDENCIES) * len(FAULTS),
        "bound": command.SWAPS,
        "rotation": command.ROTATIONS_KILLED,
        "canaries": command.CANARIES,
        "audit": audit_chain.COUNT,
    }


def test_kinds_are_counted_rightly() -> None:
    assert f"at {len(NAMES)} failpoints" in PAGE
    assert len(KINDS) == 16
    assert "of sixteen kinds of poison" in PAGE
    kinds = (
        rf"of {len(audit_attacks.ATTACKS)} kinds in memory, \d+ of {len(audit_sql.ATTACKS)} kinds"
    )
    assert re.search(kinds, PAGE)
