"""Invariant 11, sized for the suite: every way of tampering is found, nothing else is."""

import asyncio
from pathlib import Path
from random import Random

from tests.torture.audit_attacks import ATTACKS
from tests.torture.audit_chain import in_memory
from tests.torture.audit_sql import ATTACKS as SQL_ATTACKS
from tests.torture.audit_sql import attack_by_sql


def test_every_attack_in_memory_is_found() -> None:
    found = in_memory(count=20 * len(ATTACKS), seed=11)
    assert found.wrongs == []
    assert set(found.made) == {attack.__name__ for attack in ATTACKS}


def test_every_attack_on_the_tables_is_found(database_url: str, tmp_path: Path) -> None:
    made, unharmed, wrongs = asyncio.run(
        attack_by_sql(database_url, tmp_path, count=2 * len(SQL_ATTACKS), random=Random(11))
    )
    assert wrongs == []
    assert made.total() == 2 * len(SQL_ATTACKS)
    assert unharmed > 0
