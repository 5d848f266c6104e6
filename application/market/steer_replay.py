"""Pause a replay, let it go on, and let one that has ended start over."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from application.audit.record import Recorder
from domain.shared.refusals import Conflicting
from ports.market import (
    BusyAccount,
    LapBegun,
    LapRefused,
    ReplayControl,
    ReplayLaps,
    ReplayState,
)

_NAMED_MAX = 20


class CannotSteer(Conflicting):
    """The replay is left as it is; which of these it is says why."""


class NoReplay(CannotSteer):
    """The market is live: nobody can pause it."""

    slug = "no-replay"


class ReplayEnded(CannotSteer):
    """There is nothing left to play."""

    slug = "replay-ended"


class ReplayGoesOn(CannotSteer):
    """The replay has not ended, or starts over already."""

    slug = "replay-goes-on"


class AccountsBusy(CannotSteer):
    """Accounts still have something in the lap that ended: their books would be torn apart."""

    slug = "accounts-busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Steerer:
    """Who steers."""

    tenant_id: UUID
    actor: str
    trace_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySteering:
    """Steer the replay, if prices are replayed."""

    replay: ReplayControl | None
    record: Recorder
    laps: ReplayLaps
    # Whose accounts trade in the replay.
    broker: str

    async def pause(self, by: Steerer) -> ReplayState:
        """Stop before the next market event; raise NoReplay, storage errors."""
        control = self._control()
        return await self._steer(by, control, action="market.replay.pause", do=control.pause)

    async def resume(self, by: Steerer) -> ReplayState:
        """Go on after a pause; raise NoReplay, ReplayEnded, storage errors."""
        control = self._control()
        if control.state() is ReplayState.FINISHED:
            raise ReplayEnded(
                "the replay has ended, and there is nothing to go on with: let it start over"
                " with from_start (`ballast market resume --from-start`)"
            )
        return await self._steer(by, control, action="market.replay.resume", do=control.resume)

    async def start_over(self, by: Steerer) -> ReplayState:
        """Let a replay that has ended begin anew, for every tenant.

        Raises NoReplay, ReplayGoesOn, AccountsBusy, storage errors.
        """
        control = self._control()
        if control.state() is not ReplayState.FINISHED:
            raise ReplayGoesOn(
                f"the replay is {control.state()}: only one that has ended can start over"
            )
        place = control.place()
        entry = self.record.entry(
            tenant_id=by.tenant_id,
            actor=by.actor,
            action="market.replay.start_over",
            subject="replay",
            trace_id=by.trace_id,
        )
        outcome = await self.laps.begin(
            after=place,
            broker=self.broker,
            audit=replace(
                entry,
                before=(("lap", str(place.lap)), ("state", ReplayState.FINISHED.value)),
                after=(("lap", str(place.lap + 1)), ("state", ReplayState.RUNNING.value)),
            ),
        )
        match outcome:
            case LapBegun():
                # Somebody may have paused it before it ended.
                control.resume()
                return ReplayState.RUNNING
            case LapRefused():
                raise AccountsBusy(_busy(outcome.accounts, tenant_id=by.tenant_id))
            case _:
                raise ReplayGoesOn("the replay starts over already, or goes on elsewhere")

    async def _steer(
        self, by: Steerer, control: ReplayControl, *, action: str, do: Callable[[], None]
    ) -> ReplayState:
        # The replay is no row of the database: what cannot be recorded is not done.
        await self.record(
            tenant_id=by.tenant_id,
            actor=by.actor,
            action=action,
            subject="replay",
            trace_id=by.trace_id,
            before=(("state", control.state().value),),
        )
        do()
        return control.state()

    def _control(self) -> ReplayControl:
        if self.replay is None:
            raise NoReplay("the market is live, not a replay: it cannot be paused or resumed")
        return self.replay


def _busy(accounts: tuple[BusyAccount, ...], *, tenant_id: UUID) -> str:
    """Name the tenant's own accounts; of others only how many there are."""
    own = [one for one in accounts if one.tenant_id == tenant_id]
    named = [f"account {one.account_id} {one.reason}" for one in own[:_NAMED_MAX]]
    if len(own) > _NAMED_MAX:
        named.append(f"{len(own) - _NAMED_MAX} more accounts are not done either")
    if others := len(accounts) - len(own):
        named.append(f"{others} of other tenants {'is' if others == 1 else 'are'} not done")
    return (
        "the market's time would go back under what is still open: every account at the broker"
        f" must be flat, without orders and without an unfinished stop; {'; '.join(named)}"
    )
