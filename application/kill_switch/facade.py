"""Answer for the kill switch."""

from dataclasses import dataclass
from uuid import UUID

from application.kill_switch.activate import Activate
from application.kill_switch.check_passcode import CheckPasscode
from application.kill_switch.commands import (
    Activated,
    ActivateKill,
    ChecklistOpen,
    KillState,
    NothingEngaged,
    NotReconciled,
    PasscodeRefused,
    PasscodeSet,
    Released,
    ReleaseKill,
    Releasing,
    SetPasscode,
)
from application.kill_switch.looks import LookAtLatches
from application.kill_switch.release import Release
from application.kill_switch.stop_away import StopAway, StoppedAway
from ports.kill_switch import Latches, Passcodes


@dataclass(frozen=True, slots=True, kw_only=True)
class KillSwitchUseCases:
    """Everything that can be asked of the kill switch."""

    latches: Latches
    passcodes: Passcodes
    activation: Activate
    releasing: Release
    checking: CheckPasscode
    stopping_away: StopAway

    @property
    def looks(self) -> LookAtLatches:
        """What was stopped, and how far it is."""
        return LookAtLatches(latches=self.latches)

    async def activate(self, command: ActivateKill) -> Activated | PasscodeRefused:
        """Stop a scope; returns once no send can leave any more. Raises InvalidValue."""
        return await self.activation(command)

    async def activate_away(self, command: ActivateKill) -> StoppedAway:
        """Stop a scope while storage is away. Raises StorageUnavailable where nobody heard."""
        return await self.stopping_away(command)

    async def activate_vouched(self, command: ActivateKill, *, latch_id: UUID) -> Activated:
        """Stop a scope for a signed command; see Activate.vouched. Raises InvalidValue."""
        return await self.activation.vouched(command, latch_id=latch_id)

    async def release(
        self, command: ReleaseKill
    ) -> Released | Releasing | PasscodeRefused | NotReconciled | NothingEngaged | ChecklistOpen:
        """Let a scope trade again, or say what stands against it. Raises InvalidValue."""
        return await self.releasing(command)

    async def set_passcode(self, command: SetPasscode) -> PasscodeSet | PasscodeRefused:
        """Set or change the passcode. Raises InvalidValue, HasherBusy."""
        return await self.checking.set(command)

    async def state(self, *, tenant_id: UUID, among: frozenset[UUID] | None = None) -> KillState:
        """Return what is stopped now; with among, the whole tenant and these accounts only."""
        engaged = [
            latch
            for latch in await self.latches.engaged(tenant_id=tenant_id)
            if among is None or latch.scope.account_id in (None, *among)
        ]
        passcode = await self.passcodes.load(tenant_id=tenant_id)
        return KillState(latches=tuple(engaged), passcode_set=passcode is not None)
