"""Invariant 24: a rotation that is killed at any point leaves every secret readable.

`ballast keys rotate` runs as a process of its own and is killed by SIGKILL: before and after each
of its durable steps, and at random moments. Meanwhile a server's vault seals, opens and erases
secrets in the same database. After each death a new process must open every secret; the next
rotation goes on with what was begun.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import UUID

import asyncpg

from bootstrap.secrets.open_keys import open_keys
from bootstrap.settings.sections import Settings
from domain.secrets.address import RowAddress
from domain.secrets.keys import KeyState
from ports.secrets import KeyStale, SealedRow, SealedStore, SecretUnreadable, SecretVault
from tests.torture.bound import add_tenants, settings_of
from tests.torture.processes import ROOT
from tests.torture.workers.rotating import NAMES

AT_RANDOM = "at random"
ROWS = 150
BATCH = 7
_ENDS_S = 120.0
_STATUS_KILLED = -signal.SIGKILL


@dataclass(slots=True, kw_only=True)
class Rotated:
    """What came of the kills."""

    kills: Counter[str] = field(default_factory=Counter)
    finished: int = 0
    resumed: int = 0
    versions: int = 0
    opened: int = 0
    sealed: int = 0
    stale: int = 0
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        steps = len(self.kills.keys() - {AT_RANDOM})
        return (
            f"{self.kills.total()} kills ({steps} of {len(NAMES)} steps, {self.kills[AT_RANDOM]} at"
            f" random), {self.finished} rotations finished, {self.resumed} of them after a kill,"
            f" at version {self.versions}; meanwhile {self.sealed} secrets sealed"
            f" ({self.stale} again under a newer version); {self.opened} opened in new processes,"
            f" {len(self.wrongs)} violations"
        )


async def torture(
    url: str, folder: Path, *, kills: int, random: Random, say: Callable[[str], None]
) -> Rotated:
    """Kill so many rotations, and finish the last one."""
    found = Rotated()
    connection = await asyncpg.connect(url)
    (tenant_id,) = await add_tenants(connection, 1)
    await connection.close()
    settings = settings_of(url, folder)
    kept: dict[RowAddress, bytes] = {}
    steps: list[str | None] = []
    async with _busy(settings, tenant_id=tenant_id, kept=kept, random=random, found=found):
        while found.kills.total() < kills:
            # Each step in turn, and as often any moment.
            steps = steps or [*random.sample(NAMES, len(NAMES)), *[None] * len(NAMES)]
            await _rotate(steps.pop(random.randrange(len(steps))), url, folder, random, found)
            await _look(settings, kept=kept, found=found)
            if found.kills.total() % 10 == 0:
                say(found.describe())
    await _rotate("", url, folder, random, found)
    await _look(settings, kept=kept, found=found, finished=True)
    return found


@contextlib.asynccontextmanager
async def _busy(
    settings: Settings,
    *,
    tenant_id: UUID,
    kept: dict[RowAddress, bytes],
    random: Random,
    found: Rotated,
) -> AsyncIterator[None]:
    """Seal, open and erase for the block, as a server does that nobody stops."""
    async with open_keys(settings) as (parts, storage):
        await parts.vault.refresh()
        for number in range(ROWS):
            place = _place(tenant_id, number)
            await _put(place, vault=parts.vault, store=storage.sealed, kept=kept, found=found)
        working = asyncio.create_task(
            _work(
                tenant_id,
                vault=parts.vault,
                store=storage.sealed,
                kept=kept,
                random=random,
                found=found,
            )
        )
        try:
            yield
        finally:
            working.cancel()
            (ended,) = await asyncio.gather(working, return_exceptions=True)
            if not isinstance(ended, asyncio.CancelledError):
                found.wrongs.append(f"the server's work ended by itself: {ended!r}")


async def _work(
    tenant_id: UUID,
    *,
    vault: SecretVault,
    store: SealedStore,
    kept: dict[RowAddress, bytes],
    random: Random,
    found: Rotated,
) -> None:
    number = ROWS
    while True:
        number += 1
        await _put(_place(tenant_id, number), vault=vault, store=store, kept=kept, found=found)
        gone = random.choice(list(kept))
        del kept[gone]
        await store.erase(gone)
        place = random.choice(list(kept))
        sealed = await store.get(place)
        if sealed is None or await vault.open(sealed, row=place) != kept[place]:
            found.wrongs.append(f"the server did not find {place.row} as it was")
        await asyncio.sleep(0.02)


async def _put(
    place: RowAddress,
    *,
    vault: SecretVault,
    store: SealedStore,
    kept: dict[RowAddress, bytes],
    found: Rotated,
) -> None:
    secret = os.urandom(32)
    while True:
        sealed = await vault.seal(secret, row=place)
        try:
            await store.put(SealedRow(row=place, sealed=sealed))
        except KeyStale:
            found.stale += 1
            await vault.refresh()
            continue
        found.sealed += 1
        kept[place] = secret
        return


async def _rotate(step: str | None, url: str, folder: Path, random: Random, found: Rotated) -> None:
    """Run a rotation; None kills it at a random moment, "" lets it finish."""
    armed = f"{step}:{random.randint(1, 12) if step.startswith('rewrap') else 1}" if step else ""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.torture.workers.rotating", armed, "--batch", str(BATCH)),
        cwd=ROOT,
        env={
            **{name: value for name, value in os.environ.items() if "BALLAST_" not in name},
            "BALLAST_CONFIG": "",
            "BALLAST_DATABASE_URL": url,
            "BALLAST_DATA_DIR": str(folder),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    if step is None:
        # From its first word on; what is before that is the steps' part.
        first = asyncio.create_task(process.stdout.readline())
        await asyncio.wait({first}, timeout=_ENDS_S)
        await asyncio.sleep(random.expovariate(1 / 0.05))
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    told = await asyncio.wait_for(process.stdout.read(), _ENDS_S)
    status = await process.wait()
    if status == _STATUS_KILLED:
        found.kills[step or AT_RANDOM] += 1
    elif status == 0:
        found.finished += 1
        found.resumed += b"finished the rotation" in told
    else:
        found.wrongs.append(f"a rotation ended with {status}: {told[-500:]!r}")


async def _look(
    settings: Settings, *, kept: dict[RowAddress, bytes], found: Rotated, finished: bool = False
) -> None:
    """Open every secret as a process that starts now does."""
    mode = (settings.data_dir / "keys/secrets.json").stat().st_mode & 0o777
    if mode != 0o600:
        found.wrongs.append(f"the key file has mode {mode:o}")
    json.loads((settings.data_dir / "keys/secrets.json").read_text())
    async with open_keys(settings) as (parts, storage):
        await parts.vault.refresh()
        if parts.vault.why_sealed is not None:
            found.wrongs.append(f"a new process is sealed: {parts.vault.why_sealed}")
            return
        found.versions = parts.vault.current
        for place, secret in list(kept.items()):
            try:
                sealed = await storage.sealed.get(place)
                opened = None if sealed is None else await parts.vault.open(sealed, row=place)
            except SecretUnreadable as problem:
                opened = f"nothing: {problem}".encode()
            found.opened += 1
            # What the server has erased since the look began is gone.
            if opened != secret and place in kept:
                found.wrongs.append(f"{place.row} opens as {opened!r}")
        marks = await storage.key_marks.all()
        if finished and any(mark.state is KeyState.DECRYPT_ONLY for mark in marks):
            found.wrongs.append("a version that only opens is left behind")
        if finished and set(await storage.sealed.counts()) != {parts.vault.current}:
            found.wrongs.append("secrets are left under an earlier version")


def _place(tenant_id: UUID, number: int) -> RowAddress:
    return RowAddress(tenant_id=tenant_id, table="api_keys", column="credentials", row=str(number))
