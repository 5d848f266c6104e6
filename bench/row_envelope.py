"""Sealing and opening secrets, beside bare AES-256-GCM of `cryptography` on the same bytes.

Ours makes a data key for each record, seals with it, wraps it under the key-encryption key, both
bound to the record's row, and writes the record as bytes; opening reads, unwraps and opens. That
is two ciphers each way and one more key schedule. Theirs has its key ready and no row to bind to.
The time is that of the processor: both are nothing but computing.
"""

import os
from collections.abc import Callable, Sequence
from time import process_time
from uuid import UUID

import uvloop
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.secrets import MemoryKeyMarks
from adapters.security.envelope import EnvelopeVault
from adapters.security.given_keys import ListedKeys, new_key
from adapters.security.local_keys import LocalKeys
from adapters.system.time import SystemClock
from bench.rows import Better, Row, compare
from bench.stats import interleave
from domain.secrets.address import RowAddress
from domain.secrets.sealed import read_sealed

TURNS = 9
RECORDS = 5_000
# A key, a secret and a passphrase as JSON.
SECRET_BYTES = 200
PEER = "cryptography AESGCM"


def measure() -> Sequence[Row]:
    """Measure records per second, both ways."""
    secrets = [os.urandom(SECRET_BYTES) for _ in range(RECORDS)]
    cipher = AESGCM(AESGCM.generate_key(256))
    nonces = [os.urandom(12) for _ in secrets]
    bare = [cipher.encrypt(nonce, one, None) for nonce, one in zip(nonces, secrets, strict=True)]

    def their_seals() -> float:
        return _rate(lambda: [cipher.encrypt(os.urandom(12), one, None) for one in secrets])

    def their_opens() -> float:
        pairs = zip(nonces, bare, strict=True)
        return _rate(lambda: [cipher.decrypt(nonce, one, None) for nonce, one in pairs])

    pairs = interleave(lambda: uvloop.run(_seals(secrets)), their_seals, repeats=TURNS)
    opens = interleave(lambda: uvloop.run(_opens(secrets)), their_opens, repeats=TURNS)
    return [
        _row("envelope_seal", *pairs),
        _row("envelope_open", *opens),
    ]


async def _vault() -> EnvelopeVault:
    vault = EnvelopeVault(
        keys=LocalKeys(source=ListedKeys(text=f"1:{new_key()}")),
        marks=MemoryKeyMarks(MemoryLink(MemoryDatabase())),
        clock=SystemClock(),
    )
    await vault.refresh()
    return vault


async def _seals(secrets: Sequence[bytes]) -> float:
    vault, rows = await _vault(), _rows()
    began = process_time()
    for secret, row in zip(secrets, rows, strict=True):
        (await vault.seal(secret, row=row)).to_bytes()
    return RECORDS / (process_time() - began)


async def _opens(secrets: Sequence[bytes]) -> float:
    vault, rows = await _vault(), _rows()
    stored = [
        (await vault.seal(secret, row=row)).to_bytes()
        for secret, row in zip(secrets, rows, strict=True)
    ]
    began = process_time()
    for one, row in zip(stored, rows, strict=True):
        await vault.open(read_sealed(one), row=row)
    return RECORDS / (process_time() - began)


def _rows() -> list[RowAddress]:
    return [
        RowAddress(
            tenant_id=UUID(int=number), table="api_keys", column="credentials", row=str(number)
        )
        for number in range(RECORDS)
    ]


def _rate(work: Callable[[], object]) -> float:
    began = process_time()
    work()
    return RECORDS / (process_time() - began)


def _row(name: str, ours: list[float], theirs: list[float]) -> Row:
    return compare(
        name=name,
        unit="records/s",
        better=Better.HIGHER,
        ours=ours,
        reference=theirs,
        reference_name=PEER,
    )
