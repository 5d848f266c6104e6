"""Look for the keys again while there are none."""

from dataclasses import dataclass

from ports.secrets import SecretVault
from ports.storage import StorageUnavailable
from ports.time import Sleeper

EVERY_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepUnsealed:
    """A key that is brought back, or a Vault that answers again, needs no restart."""

    vault: SecretVault
    sleeper: Sleeper

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            await self.sleeper.sleep(EVERY_S)
            if self.vault.why_sealed is not None:
                try:
                    await self.vault.refresh()
                except StorageUnavailable:
                    continue
