"""Invariant 11: an audit trail that was tampered with does not verify, in any way tried."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from tests.torture.audit_attacks import ATTACKS
from tests.torture.audit_sql import attack_by_sql
from tests.torture.audit_stored import faults, trail
from tests.torture.stages import fresh_database

COUNT = 10_000
BY_SQL = 400
# A trail is written anew after so many attacks on copies of it.
TRAIL_EVERY = 200


@dataclass(slots=True)
class Attacked:
    """How many attacks were made, how many found, and what went wrong."""

    made: Counter[str] = field(default_factory=Counter)
    unharmed: int = 0
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in one line."""
        kinds = ", ".join(f"{name} {count}" for name, count in sorted(self.made.items()))
        return (
            f"{self.made.total()} attacks, {len(self.wrongs)} not as promised;"
            f" {self.unharmed} trails without one verify ({kinds})"
        )


def in_memory(*, count: int, seed: int) -> Attacked:
    """Tamper with copies of trails; what changes nothing is no attack and is drawn again."""
    random, found = Random(seed), Attacked()
    written = trail(random)
    while found.made.total() < count:
        if found.made.total() % TRAIL_EVERY == 0:
            written = trail(random)
            found.unharmed += 1
            if faults(written.stored, keys=written.keys):
                found.wrongs.append(f"a trail that nobody touched does not verify (seed {seed})")
        attack = ATTACKS[found.made.total() % len(ATTACKS)]
        stored = written.stored.copy()
        attack(written, stored, random)
        if stored == written.stored:
            continue
        found.made[attack.__name__] += 1
        if not faults(stored, keys=written.keys):
            found.wrongs.append(f"{attack.__name__} was not found (seed {seed})")
    return found


def by_sql(*, count: int, seed: int) -> Attacked:
    """Tamper with the tables of a Postgres, the triggers out of the way."""
    found = Attacked()
    with fresh_database() as (url, folder):
        made, unharmed, wrongs = asyncio.run(
            attack_by_sql(url, folder, count=count, random=Random(seed))
        )
    found.made, found.unharmed, found.wrongs = made, unharmed, wrongs
    return found
