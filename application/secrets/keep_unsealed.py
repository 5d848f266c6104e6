"""Look for the keys again while there are none."""

from contextlib import suppress
from dataclasses import dataclass

from ports.secrets import SecretVault
from ports.storage import StorageUnavailable
from ports.time import Sleeper

EVERY_S = 2.0
# Where the keys are reached over a network, they are asked for all the same.
ROUNDS_WELL = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepUnsealed:
    """A key that is brought back, or a Vault that answers again, needs no restart.

    is_remote: a Vault that is gone is noticed before somebody needs it.
    """

    vault: SecretVault
    sleeper: Sleeper
    is_remote: bool = False

    async def run(self) -> None:
        """Run until cancelled."""
        rounds = 0
        while True:
            await self.sleeper.sleep(EVERY_S)
            rounds += 1
            due = self.is_remote and rounds % ROUNDS_WELL == 0
            if due or self.vault.why_sealed is not None:
                # The database's own component says that it is away.
                with suppress(StorageUnavailable):
                    await self.vault.refresh()
