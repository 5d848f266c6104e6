"""A venue's own timer is renewed while this process sends, and taken off at an orderly end."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from adapters.memory.time import ManualClock, ManualSleeper
from application.kill_switch.accounts_at import AccountsAt
from application.kill_switch.renew_timers import RenewTimers
from ports.broker import Acknowledged, BrokerUnavailable, DeadMan, Refused
from tests import builders

ACCOUNT, OTHER, TENANT = UUID(int=1), UUID(int=2), UUID(int=3)


@dataclass(slots=True)
class Timer:
    """A venue's timer that notes what it was asked."""

    keeps_reducing: bool = True
    asked: list[tuple[str, float, bool]] = field(default_factory=list)
    away: bool = False

    @property
    def dead_man(self) -> DeadMan:
        return DeadMan(seconds_min=1, seconds_max=60, keeps_reducing=self.keeps_reducing)

    async def keep_alive(
        self, *, account_id: str, within_s: float, keep_reducing: bool
    ) -> Acknowledged | Refused:
        self.asked.append((account_id, within_s, keep_reducing))
        if self.away:
            raise BrokerUnavailable("connection refused")
        return Acknowledged("")


@dataclass(slots=True)
class Renewing:
    """What renews, on a virtual clock."""

    timer: Timer = field(default_factory=Timer)
    cancel_protective: bool = False
    stands: bool = True
    clock: ManualClock = field(default_factory=lambda: ManualClock(builders.AT))
    failures: list[str] = field(default_factory=list)

    def renew(self) -> RenewTimers:
        accounts = AccountsAt()
        for account_id in (ACCOUNT, OTHER):
            accounts.note(broker="paper", account_id=account_id, tenant_id=TENANT)
        return RenewTimers(
            timers={"paper": self.timer},
            within_s=30.0,
            cancel_protective=self.cancel_protective,
            accounts=accounts,
            stands_for=lambda _: self.stands,
            sleeper=ManualSleeper(self.clock),
            on_failure=lambda _, problem: self.failures.append(problem),
        )

    async def run(self, seconds: float) -> None:
        running = asyncio.ensure_future(self.renew()())
        for _ in range(round(seconds)):
            for _ in range(20):
                await asyncio.sleep(0)
            self.clock.advance(1)
        running.cancel()
        await asyncio.wait({running})


async def test_every_account_is_renewed_at_a_third_and_let_go_at_an_orderly_end() -> None:
    renewing = Renewing()
    await renewing.run(25)
    ours = [one for one in renewing.timer.asked if one[0] == str(ACCOUNT)]
    assert ours == [(str(ACCOUNT), 30.0, True)] * 3 + [(str(ACCOUNT), 0, True)]
    assert {one[0] for one in renewing.timer.asked} == {str(ACCOUNT), str(OTHER)}


async def test_a_venue_that_cancels_stops_too_is_asked_only_where_that_was_said() -> None:
    renewing = Renewing(timer=Timer(keeps_reducing=False))
    await renewing.run(25)
    assert not renewing.timer.asked
    said = Renewing(timer=Timer(keeps_reducing=False), cancel_protective=True)
    await said.run(2)
    assert {one[2] for one in said.timer.asked} == {False}


async def test_who_does_not_send_renews_nothing() -> None:
    renewing = Renewing(stands=False)
    await renewing.run(25)
    assert not renewing.timer.asked


async def test_a_renewal_that_fails_is_told_and_tried_again() -> None:
    renewing = Renewing(timer=Timer(away=True))
    await renewing.run(25)
    assert len(renewing.timer.asked) == 8
    assert set(renewing.failures) == {"connection refused"}
