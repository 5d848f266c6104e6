"""Seal a secret and store it with what it belongs to."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from application.shared.change import again
from domain.secrets.address import RowAddress
from ports.secrets import KeyStale, KeysUnavailable, SealedRow, SecretVault

Result = TypeVar("Result")


async def seal_and_store(
    vault: SecretVault,
    secret: bytes,
    *,
    row: RowAddress,
    store: Callable[[SealedRow], Awaitable[Result]],
) -> Result:
    """Return what storing it returns; under a key version that came between it is sealed again.

    Raises KeysUnavailable when one comes between every time, and as SecretVault.seal.
    """

    async def attempt() -> Result:
        sealed = await vault.seal(secret, row=row)
        try:
            return await store(SealedRow(row=row, sealed=sealed))
        except KeyStale:
            await vault.refresh()
            raise

    try:
        return await again(attempt, on=(KeyStale,))
    except KeyStale as problem:
        said = "the key versions change faster than a secret is sealed"
        raise KeysUnavailable(said) from problem
