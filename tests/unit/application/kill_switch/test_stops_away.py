"""A stop that storage does not have yet holds here, and nothing leaves before it is stored."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.stops import MemoryPeer, MemoryStopChannel, MemoryStopFiles
from adapters.memory.streams import MemoryWakeup
from adapters.memory.time import ManualSleeper
from application.kill_switch.accounts_at import AccountsAt
from application.kill_switch.beat import Beat
from application.kill_switch.cancel_resting import AccountOrders, CancelResting, VenueProgress
from application.kill_switch.commands import ActivateKill
from application.kill_switch.held_stops import HeldBarrier, HeldStops, SendsHeld
from application.kill_switch.send_gate import SendGate
from application.kill_switch.stop_away import StopAway
from application.kill_switch.store_stops import OpenGate, StoreStops
from application.kill_switch.take_stop import TakeStop
from domain.kill_switch.latch import Latch, LatchCause, Level, Scope, Target
from ports.broker import Acknowledged, BrokerUnavailable, Refused, VenueOrder, VenueState
from ports.kill_switch import Passage
from ports.stops import DispatchBeat, RestingOrder, StopNotKept
from ports.storage import StorageUnavailable
from tests import builders
from tests.rig import Rig
from tests.scripted_broker import Answer
from tests.waiting import eventually

STALE_S = 10.0
OTHER = UUID(int=77)


@dataclass(slots=True)
class Away:
    """One process that sends, its files, and the others that it can reach."""

    rig: Rig = field(default_factory=Rig)
    files: MemoryStopFiles = field(default_factory=MemoryStopFiles)
    channel: MemoryStopChannel = field(default_factory=MemoryStopChannel)
    stops: HeldStops = field(default_factory=HeldStops)
    accounts: AccountsAt = field(default_factory=AccountsAt)
    problems: list[Exception] = field(default_factory=list)
    not_kept: list[Latch] = field(default_factory=list)
    gate: SendGate = field(init=False)
    barrier: HeldBarrier = field(init=False)
    take: TakeStop = field(init=False)
    store: StoreStops = field(init=False)
    opening: OpenGate = field(init=False)
    beat: Beat = field(init=False)

    def __post_init__(self) -> None:
        rig = self.rig
        self.gate = SendGate(clock=rig.clock, stale_s=STALE_S)
        self.barrier = HeldBarrier(
            inner=rig.barrier, stops=self.stops, gate=self.gate, accounts=self.accounts
        )
        sleeper = ManualSleeper(rig.clock)
        cancel = CancelResting(venues={"paper": rig.broker}, memory={}, sleeper=_NoWait())
        self.take = TakeStop(
            stops=self.stops,
            files=self.files,
            accounts=self.accounts,
            cancel=cancel,
            wakeup=MemoryWakeup(),
            is_stored=self.is_stored,
            on_problem=self._not_kept,
        )
        self.store = StoreStops(
            context=rig.kill_context,
            files=self.files,
            stops=self.stops,
            channel=self.channel,
            wakeup=MemoryWakeup(),
            on_failure=self.problems.append,
        )
        self.opening = OpenGate(
            gate=self.gate, store=self.store, take=self.take, channel=self.channel
        )
        self.beat = Beat(
            process="one",
            brokers=("paper",),
            stands_for=lambda _: True,
            channel=self.channel,
            gate=self.gate,
            opening=self.opening,
            accounts=self.accounts,
            directory=rig.directory,
            clock=rig.clock,
            sleeper=sleeper,
            on_failure=self.problems.append,
        )

    def _not_kept(self, latch: Latch, problem: Exception) -> None:
        self.not_kept.append(latch)
        self.problems.append(problem)

    async def is_stored(self, latch: Latch) -> bool:
        """Return what storage says."""
        found = await self.rig.latches.find(tenant_id=latch.scope.tenant_id, latch_id=latch.id)
        return found is not None

    @property
    def target(self) -> Target:
        return Target(
            tenant_id=self.rig.tenant_id,
            account_id=self.rig.account_id,
            broker="paper",
            symbol="AAPL",
        )

    def latch(self, scope: Scope | None = None, *, level: Level = Level.HALTED) -> Latch:
        """Return a stop of whoever asked for one just now."""
        return Latch(
            id=self.rig.context.new_id(),
            scope=scope or Scope(tenant_id=self.rig.tenant_id),
            cause=LatchCause.PERSON,
            reason="no database",
            actor="user:test",
            engaged_at=self.rig.clock.now(),
            level=level,
        )

    async def engaged(self) -> list[Latch]:
        return list(await self.rig.latches.engaged(tenant_id=self.rig.tenant_id))


async def test_a_stop_that_is_heard_holds_the_next_send_and_the_one_on_its_way() -> None:
    away = Away()
    async with away.barrier.sending(away.target) as passage:
        assert passage.allowed
        assert passage.holds()
        await away.take(away.latch())
        # Asked right before the write: what has not left does not leave any more.
        assert not passage.holds()
    async with away.barrier.sending(away.target) as passage:
        assert passage.level is Level.HALTED


async def test_what_a_stop_covers_is_cancelled_until_storage_has_it_and_nothing_else() -> None:
    away = Away()
    rig = away.rig
    rest(rig, entry=False)
    rig.broker.held["theirs"] = replace(
        rig.broker.held["entry"], account_id=str(OTHER), client_order_id="theirs"
    )
    away.accounts.note(broker="paper", account_id=rig.account_id, tenant_id=rig.tenant_id)
    away.accounts.note(broker="paper", account_id=OTHER, tenant_id=OTHER)
    running = asyncio.ensure_future(away.take.run())
    try:
        latch = away.latch()
        await away.take(latch)
        done = VenueProgress()
        await eventually(lambda: away.take.progress(latch.id).get("paper", done).confirmed)
        states = {name: one.state for name, one in rig.broker.held.items()}
        assert states == {"entry": VenueState.CANCELED, "theirs": VenueState.WORKING}
        await away.store.round()
        away.take.wakeup.set()
        await eventually(lambda: not away.take.progress(latch.id))
        assert not running.done()
    finally:
        running.cancel()
        await asyncio.wait({running})


@pytest.mark.parametrize(
    ("scope", "level", "left"),
    [
        ({}, Level.REDUCING, {"stop"}),
        ({}, Level.HALTED, set()),
        ({"symbol": "AAPL"}, Level.HALTED, {"other"}),
        ({"symbol": "AAPL"}, Level.REDUCING, {"other", "stop"}),
        # A venue knows no strategy: one order too many goes, and none too few.
        ({"strategy_id": "ema"}, Level.HALTED, set()),
    ],
)
async def test_a_stop_cancels_what_it_covers_and_leaves_what_its_level_lets_through(
    scope: dict[str, Any], level: Level, left: set[str]
) -> None:
    away = Away()
    rig = away.rig
    for name, terms in (
        ("entry", builders.terms()),
        ("stop", builders.terms(reduce_only=True)),
        ("other", builders.terms(symbol="MSFT")),
    ):
        rig.broker.held[name] = VenueOrder(
            account_id=str(rig.account_id),
            client_order_id=name,
            venue_order_id=f"v-{name}",
            terms=terms,
            state=VenueState.WORKING,
        )
    away.accounts.note(broker="paper", account_id=rig.account_id, tenant_id=rig.tenant_id)
    running = asyncio.ensure_future(away.take.run())
    try:
        latch = away.latch(Scope(tenant_id=rig.tenant_id, **scope), level=level)
        await away.take(latch)
        done = VenueProgress()
        await eventually(lambda: away.take.progress(latch.id).get("paper", done).confirmed)
    finally:
        running.cancel()
        await asyncio.wait({running})
    held = rig.broker.held.values()
    assert {one.client_order_id for one in held if one.state is VenueState.WORKING} == left


async def test_a_stop_of_another_account_holds_nothing_here() -> None:
    away = Away()
    async with away.barrier.sending(away.target) as passage:
        await away.take(away.latch(Scope(tenant_id=away.rig.tenant_id, account_id=OTHER)))
        await away.take(away.latch(Scope(tenant_id=OTHER)))
        assert passage.holds()


async def test_a_stop_that_only_reduces_lets_reductions_pass_the_barrier() -> None:
    away = Away()
    await away.take(away.latch(level=Level.REDUCING))
    async with away.barrier.sending(away.target) as passage:
        assert passage.level is Level.REDUCING


async def test_a_full_volume_keeps_no_stop_from_holding() -> None:
    away = Away(files=MemoryStopFiles(full=True))
    latch = away.latch()
    await away.take(latch)
    async with away.barrier.sending(away.target) as passage:
        assert passage.level is Level.HALTED
    assert (len(away.problems), away.not_kept) == (1, [latch])


async def test_a_kept_stop_is_stored_as_it_was_engaged_and_then_forgotten() -> None:
    away = Away()
    latch = away.latch()
    await away.take(latch)
    away.rig.clock.advance(60)
    await away.store.round()
    (stored,) = await away.engaged()
    assert (stored.id, stored.engaged_at) == (latch.id, latch.engaged_at)
    assert stored.acknowledged_at == latch.engaged_at + timedelta(seconds=60)
    assert not await away.files.kept()
    assert not away.stops.latches
    (entry,) = [one for one in away.rig.database.audit if one.subject == str(latch.id)]
    assert (entry.action, entry.actor) == ("kill_switch.activate", "user:test")
    # Under the latch's own id: of two processes that keep it, one stores it.
    assert entry.id == latch.id
    assert dict(entry.detail)["kept_since"] == latch.engaged_at.isoformat()
    types = [one.type for one in away.rig.database.notices if one.subject == str(latch.id)]
    assert types == ["kill_switch.engaged", "kill_switch.acknowledged"]


async def test_a_stop_that_is_told_late_and_was_released_since_stops_nothing() -> None:
    away = Away()
    latch = away.latch()
    await away.take(latch)
    await away.store.round()
    (stored,) = await away.engaged()
    off = replace(stored, released_at=away.rig.clock.now(), released_by="user:boss")
    await away.rig.kill_context.update(off, type="kill_switch.released")
    # A watchdog tells again what it keeps until it hears that it is stored.
    await away.take(latch)
    async with away.barrier.sending(away.target) as passage:
        assert passage.allowed
    assert not await away.files.kept()


async def test_a_stop_that_storage_has_is_stored_no_second_time() -> None:
    away = Away()
    latch = away.latch()
    await away.take(latch)
    await away.store.round()
    # Another process kept it as well, and tells of it only now.
    await away.files.keep(latch)
    await away.store.round()
    assert not await away.files.kept()
    assert len([one for one in away.rig.database.audit if one.subject == str(latch.id)]) == 1


async def test_a_stop_that_was_released_meanwhile_stays_released() -> None:
    away = Away()
    latch = away.latch()
    await away.take(latch)
    await away.store.round()
    (stored,) = await away.engaged()
    off = replace(stored, released_at=away.rig.clock.now(), released_by="user:boss")
    await away.rig.kill_context.update(off, type="kill_switch.released")
    await away.files.keep(latch)
    await away.store.round()
    assert not await away.engaged()


async def test_after_a_start_nothing_leaves_before_the_files_are_stored() -> None:
    away = Away()
    latch = away.latch()
    await away.files.keep(latch)
    away.gate.close("starting")
    with pytest.raises(SendsHeld):
        async with away.barrier.sending(away.target):
            raise AssertionError("it must not enter")
    await away.beat.look()
    assert away.gate.is_open()
    assert [one.id for one in await away.engaged()] == [latch.id]


async def test_what_another_process_keeps_is_stored_before_anything_leaves() -> None:
    away = Away()
    latch = away.latch()

    async def kept() -> list[Latch]:
        return [latch]

    away.channel.peers["api-1"] = MemoryPeer(kept=kept)
    away.gate.close("storage was away")
    await away.beat.look()
    assert away.gate.is_open()
    assert [one.id for one in await away.engaged()] == [latch.id]


async def test_a_process_that_does_not_say_what_it_keeps_keeps_everything_stopped() -> None:
    away = Away()
    away.channel.peers["api-1"] = MemoryPeer(answers=False)
    away.gate.close("storage was away")
    await away.beat.look()
    assert not away.gate.is_open()
    assert "api-1" in away.gate.why
    away.channel.peers["api-1"].answers = True
    await away.beat.look()
    assert away.gate.is_open()


async def test_an_account_is_made_known_to_the_watchdog_before_anything_leaves_for_it() -> None:
    away = Away()
    away.accounts.introduced_by(away.beat.introduce)
    heard: list[DispatchBeat] = []
    away.channel.peers["watchdog"] = MemoryPeer(heard=heard.append)
    async with away.barrier.sending(away.target):
        assert away.target.account_id in heard[-1].accounts["paper"]
    async with away.barrier.sending(away.target):
        assert len(heard) == 1


async def test_nothing_leaves_for_an_account_that_a_silent_watchdog_does_not_know() -> None:
    away = Away()
    away.accounts.introduced_by(away.beat.introduce)
    watchdog = MemoryPeer(heard=lambda _: None, answers=False)
    away.channel.peers["watchdog"] = watchdog
    with pytest.raises(SendsHeld, match="the watchdog does not know account"):
        async with away.barrier.sending(away.target):
            raise AssertionError("it must not enter")
    watchdog.answers = True
    async with away.barrier.sending(away.target):
        pass


async def test_an_outage_in_the_middle_of_the_questions_is_asked_for_again() -> None:
    away = Away()
    away.gate.close("starting")
    turn = away.gate.turn
    away.gate.close("storage was away")
    assert not away.gate.open(turn=turn)


async def test_what_cannot_be_stored_is_said_and_tried_again() -> None:
    unread = StopNotKept("a file is no stop")
    files = _Files(problem=unread)
    away = Away(files=files)
    running = asyncio.ensure_future(away.store())
    try:
        await eventually(lambda: away.problems == [unread])
        files.problem = None
        latch = away.latch()
        await away.files.keep(latch)
        away.store.wakeup.set()
        await eventually(lambda: latch.id in away.rig.database.latches)
        assert not running.done()
    finally:
        running.cancel()
        await asyncio.wait({running})


async def test_an_outage_is_told_once_and_closes_the_gate_until_it_is_over() -> None:
    gone = StopNotKept("a file is no stop")
    files = _Files(problem=gone)
    away = Away(files=files)
    away.gate.close("begin")
    await away.beat.look()
    await away.beat.look()
    assert away.problems == [gone]
    assert (away.gate.is_open(), away.gate.why) == (False, "storage was away: a file is no stop")
    files.problem = None
    await away.beat.look()
    assert away.gate.is_open()


async def test_a_process_that_does_not_say_what_it_keeps_keeps_the_gate_closed() -> None:
    away = Away()
    away.gate.close("begin")
    away.channel.peers["api-1"] = MemoryPeer(answers=False)
    assert await away.opening.look() is False
    assert away.gate.why == "not every process said which stops it keeps: api-1"
    away.channel.peers["api-1"].answers = True
    assert await away.opening.look() is True
    assert await away.opening.look() is True


async def test_an_account_that_every_watchdog_knows_is_not_introduced_again() -> None:
    accounts, asked = AccountsAt(), []

    async def introduce(*, broker: str, account_id: UUID) -> None:
        asked.append((broker, account_id))

    accounts.introduced_by(introduce)
    await accounts.introduce(broker="paper", account_id=OTHER, tenant_id=OTHER)
    assert asked == [("paper", OTHER)]
    accounts.told({"paper": {OTHER: OTHER}})
    await accounts.introduce(broker="paper", account_id=OTHER, tenant_id=OTHER)
    assert asked == [("paper", OTHER)]
    await accounts.introduce(broker="other", account_id=OTHER, tenant_id=OTHER)
    assert asked[1:] == [("other", OTHER)]


@dataclass(slots=True)
class _Files(MemoryStopFiles):
    """A volume whose files cannot be read for a while."""

    problem: StopNotKept | None = None

    async def kept(self) -> Sequence[Latch]:
        if self.problem is not None:
            raise self.problem
        return await MemoryStopFiles.kept(self)


async def test_an_outage_that_a_send_meets_closes_the_gate() -> None:
    away = Away()

    broken = HeldBarrier(inner=_Broken(), stops=away.stops, gate=away.gate, accounts=away.accounts)
    with pytest.raises(StorageUnavailable):
        async with broken.sending(away.target):
            raise AssertionError("it must not enter")
    assert not away.gate.is_open()


@dataclass(slots=True)
class _Broken:
    """A barrier whose storage can be away."""

    is_away: bool = True

    @asynccontextmanager
    async def sending(self, target: Target) -> AsyncIterator[Passage]:
        if self.is_away:
            raise StorageUnavailable("the server closed the connection")
        yield Passage()

    async def close(self, scope: Scope) -> None:
        """Wait for nobody."""


async def test_a_process_that_stood_still_sends_nothing_before_it_has_asked() -> None:
    away = Away()
    await away.beat.beat()
    async with away.barrier.sending(away.target) as passage:
        assert passage.holds()
        away.rig.clock.advance(STALE_S + 1)
        # The next thing that runs after a SIGCONT may be this send.
        assert not passage.holds()
    with pytest.raises(SendsHeld):
        async with away.barrier.sending(away.target):
            raise AssertionError("it must not enter")
    await away.beat.beat()
    assert not away.gate.is_open()
    await away.beat.look()
    assert away.gate.is_open()


async def test_a_watchdog_that_was_heard_and_does_not_answer_holds_sends() -> None:
    away = Away()
    away.channel.peers["watchdog-1"] = MemoryPeer(heard=lambda _: None)
    await away.beat.beat()
    away.channel.peers["watchdog-1"].answers = False
    for _ in range(int(STALE_S) + 1):
        away.rig.clock.advance(1)
        await away.beat.beat()
    assert not away.gate.is_open()


async def test_who_only_keeps_tells_those_who_send_and_names_what_is_not_durable() -> None:
    sender, files = Away(), MemoryStopFiles()
    api = StopAway(
        files=files,
        channel=MemoryStopChannel(
            {"dispatch-1": MemoryPeer(take=sender.take), "dispatch-2": MemoryPeer(answers=False)}
        ),
        here=None,
        wakeup=MemoryWakeup(),
        clock=sender.rig.clock,
        ids=sender.rig.context.ids,
    )
    done = await api(_command(sender.rig))
    assert done.not_durable == ("latch", "audit_entry", "notice")
    assert (done.reached.heard, done.reached.silent) == (("dispatch-1",), ("dispatch-2",))
    assert [one.id for one in await files.kept()] == [done.latch.id]
    assert sender.stops.holds(done.latch.id)
    files.full = True
    assert "latch_file" in (await api(_command(sender.rig))).not_durable


async def test_a_stop_that_nobody_heard_and_nothing_keeps_is_no_stop() -> None:
    rig = Rig()
    api = StopAway(
        files=MemoryStopFiles(full=True),
        channel=MemoryStopChannel({"dispatch-1": MemoryPeer(answers=False)}),
        here=None,
        wakeup=MemoryWakeup(),
        clock=rig.clock,
        ids=rig.context.ids,
    )
    with pytest.raises(StorageUnavailable):
        await api(_command(rig))


def _command(rig: Rig) -> ActivateKill:
    return ActivateKill(tenant_id=rig.tenant_id, actor="user:test", reason="no database")


async def test_opening_orders_go_first_and_what_only_reduces_last() -> None:
    rig = Rig()
    rest(rig, stop=True, entry=False, exit=True, add=False)
    progress = await cancel_all(rig)
    asked = [one.split()[1] for one in rig.broker.asked if one.startswith("cancel")]
    assert (set(asked[:2]), set(asked[2:])) == ({"entry", "add"}, {"stop", "exit"})
    assert (progress.confirmed, progress.asked) == (True, 4)


async def test_what_is_to_stay_stays_and_counts_as_done() -> None:
    rig = Rig()
    rest(rig, stop=True, entry=False)
    progress = await cancel_all(rig, wanted=lambda order: not order.reduce_only)
    assert progress.confirmed
    left = await rig.broker.open_orders(account_id=str(rig.account_id))
    assert [one.client_order_id for one in left] == ["stop"]


async def test_a_venue_that_loses_requests_is_asked_until_it_shows_nothing() -> None:
    rig = Rig()
    rest(rig, entry=False, add=False)
    rig.broker.script.extend([Answer.LOSE_REQUEST, Answer.UNAVAILABLE, Answer.REFUSE])
    progress = await cancel_all(rig)
    assert (progress.confirmed, progress.problem) == (True, "")
    assert progress.asked > 2


async def test_a_venue_that_cannot_be_read_is_not_confirmed() -> None:
    rig = Rig()
    rest(rig, entry=False)
    rig.broker.reads_fail = BrokerUnavailable("connection refused")
    progress = await cancel_all(rig, times=3)
    assert (progress.confirmed, progress.problem) == (False, "connection refused")


async def test_a_cancel_that_fails_unheard_of_holds_up_no_other() -> None:
    rig = Rig()
    rest(rig, entry=False, add=False, stop=True)
    really, failed = rig.broker.cancel, list[str]()

    async def cancel(*, account_id: str, client_order_id: str) -> Acknowledged | Refused:
        if client_order_id == "entry" and not failed:
            failed.append(client_order_id)
            raise KeyError("orderId")
        return await really(account_id=account_id, client_order_id=client_order_id)

    rig.broker.cancel = cancel  # type: ignore[method-assign]  # a reply that its adapter cannot read
    progress = await cancel_all(rig, times=1)
    left = await rig.broker.open_orders(account_id=str(rig.account_id))
    assert [one.client_order_id for one in left] == ["entry"]
    assert (progress.confirmed, progress.problem) == (False, "'orderId'")
    progress = await cancel_all(rig)
    assert progress.confirmed


async def test_a_venue_is_not_asked_to_cancel_all_of_nobody() -> None:
    rig = Rig()
    rig.broker.traits = replace(rig.broker.traits, cancel_all=True)
    rest(rig, entry=False)
    cancel = CancelResting(venues={"paper": rig.broker}, memory={}, sleeper=_NoWait())
    await cancel.at("paper", accounts=[], progress=VenueProgress())
    assert rig.broker.asked == []


def rest(rig: Rig, **reduces: bool) -> None:
    """Have orders rest at the venue, each with whether it only reduces."""
    for name, reduce_only in reduces.items():
        rig.broker.held[name] = VenueOrder(
            account_id=str(rig.account_id),
            client_order_id=name,
            venue_order_id=f"v-{name}",
            terms=builders.terms(reduce_only=reduce_only),
            state=VenueState.WORKING,
        )


async def cancel_all(
    rig: Rig, *, wanted: Callable[[RestingOrder], bool] = lambda _: True, times: int = 20
) -> VenueProgress:
    """Cancel at the venue, with so many looks at most."""
    left = iter(range(times))
    cancel = CancelResting(venues={"paper": rig.broker}, memory={}, sleeper=_NoWait())
    return await cancel.at(
        "paper",
        accounts=[AccountOrders(account_id=str(rig.account_id), wanted=wanted)],
        progress=VenueProgress(),
        go_on=lambda: next(left, None) is not None,
    )


class _NoWait:
    """A sleeper that does not wait."""

    async def sleep(self, seconds: float) -> None:
        """Return."""


def test_the_gate_of_a_process_that_stood_still_says_so_once_it_goes_on() -> None:
    clock = Rig().clock
    gate = SendGate(clock=clock, stale_s=STALE_S)
    assert gate.open(turn=gate.turn)
    clock.advance(STALE_S + 1)
    gate.keep_fresh()
    assert (gate.is_open(), gate.why) == (False, "this process stood still")
