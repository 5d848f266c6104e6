"""The watchdog latches and cancels where dispatch is silent, and never places an order."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from adapters.memory.stops import (
    MemoryPeer,
    MemoryStopChannel,
    MemoryStopFiles,
    MemoryWatchedAccounts,
)
from application.kill_switch.cancel_resting import CancelResting, VenueProgress
from application.kill_switch.watch_dispatch import TURN_S, WatchDispatch
from domain.kill_switch.latch import Latch, LatchCause, Level, Scope
from domain.kill_switch.silence import Silence
from ports.broker import Acknowledged, BrokerUnavailable, Refused, VenueOrder, VenueState
from ports.stops import DispatchBeat, StopNotKept
from tests import builders
from tests.rig import Rig

SILENT_S = 15.0


@dataclass(slots=True)
class Post:
    """A watchdog on a virtual clock, and the venue that it reaches."""

    rig: Rig = field(default_factory=Rig)
    files: MemoryStopFiles = field(default_factory=MemoryStopFiles)
    channel: MemoryStopChannel = field(default_factory=MemoryStopChannel)
    watched: MemoryWatchedAccounts = field(default_factory=MemoryWatchedAccounts)
    protective: bool = False
    canceled: list[str] = field(default_factory=list)
    # The brokers whose dispatch fell silent, and of how many accounts each.
    silent: list[tuple[str, int]] = field(default_factory=list)
    problems: list[Exception] = field(default_factory=list)
    watch: WatchDispatch = field(init=False)

    def __post_init__(self) -> None:
        rig = self.rig
        self.watch = WatchDispatch(
            silence=Silence(silent_after_s=SILENT_S, step_s_max=TURN_S * 4),
            channel=self.channel,
            files=self.files,
            watched=self.watched,
            cancel=CancelResting(venues={"paper": rig.broker}, memory={}, sleeper=rig.sleeper),
            cancel_protective=self.protective,
            clock=rig.clock,
            ids=rig.context.ids,
            sleeper=rig.sleeper,
            on_silent=lambda broker, accounts: self.silent.append((broker, accounts)),
            on_canceled=self._canceled,
            on_problem=self.problems.append,
        )

    def _canceled(self, broker: str, _: VenueProgress) -> None:
        self.canceled.append(broker)

    def beat(self, process: str = "one") -> None:
        self.watch.hear(
            DispatchBeat(
                process=process,
                brokers=frozenset({"paper"}),
                accounts={"paper": {self.rig.account_id: self.rig.tenant_id}},
            )
        )

    def rest(self, name: str, *, reduce_only: bool) -> None:
        self.rig.broker.held[name] = VenueOrder(
            account_id=str(self.rig.account_id),
            client_order_id=name,
            venue_order_id=f"v-{name}",
            terms=builders.terms(reduce_only=reduce_only),
            state=VenueState.WORKING,
        )

    async def pass_time(self, seconds: float, *, beats: bool = False) -> None:
        """Let the clock run in steps, and everybody do what they woke up for."""
        for step in range(round(seconds / 0.25)):
            if beats and step % 4 == 0:
                self.beat()
            self.rig.clock.advance(0.25)
            for _ in range(20):
                await asyncio.sleep(0)

    def open(self) -> list[str]:
        held = self.rig.broker.held.values()
        return [one.client_order_id for one in held if one.state is VenueState.WORKING]


@pytest.fixture
async def post() -> Post:
    return Post()


async def run(post: Post, seconds: float, *, beats: bool = False) -> None:
    """Run the watchdog for so long."""
    running = asyncio.ensure_future(post.watch())
    try:
        await post.pass_time(seconds, beats=beats)
        assert not running.done() or running.result() is None
    finally:
        running.cancel()
        await asyncio.wait({running})


async def test_while_dispatch_beats_nothing_is_touched(post: Post) -> None:
    post.beat()
    post.rest("entry", reduce_only=False)
    await run(post, 60, beats=True)
    assert (post.open(), await post.files.kept()) == (["entry"], [])
    assert not post.rig.broker.asked


async def test_silence_latches_and_cancels_what_opens_and_keeps_what_reduces(post: Post) -> None:
    post.beat()
    post.rest("entry", reduce_only=False)
    post.rest("stop", reduce_only=True)
    await run(post, SILENT_S + 3)
    assert post.open() == ["stop"]
    assert post.canceled == ["paper"]
    (latch,) = await post.files.kept()
    assert latch.scope == Scope(tenant_id=post.rig.tenant_id, broker="paper")
    assert (latch.cause, latch.level) == (LatchCause.WATCHDOG, Level.REDUCING)
    assert (latch.actor, latch.reason) == ("watchdog", "dispatch to paper was silent for 15 s")
    assert {one.split()[0] for one in post.rig.broker.asked} == {"cancel", "open_orders"}


async def test_where_it_is_set_so_protective_orders_go_too() -> None:
    post = Post(protective=True)
    post.beat()
    post.rest("entry", reduce_only=False)
    post.rest("stop", reduce_only=True)
    await run(post, SILENT_S + 3)
    assert not post.open()
    cancels = [one for one in post.rig.broker.asked if one.startswith("cancel")]
    assert cancels == ["cancel entry", "cancel stop"]
    (latch,) = await post.files.kept()
    assert latch.level is Level.HALTED


async def test_an_orderly_end_is_no_silence_and_a_restart_knows_it(post: Post) -> None:
    post.beat()
    post.rest("entry", reduce_only=False)
    running = asyncio.ensure_future(post.watch())
    try:
        await post.pass_time(2)
        post.watch.sign_off("one")
        await post.pass_time(60)
    finally:
        running.cancel()
        await asyncio.wait({running})
    again = Post(rig=post.rig, watched=post.watched)
    await run(again, 60)
    assert post.open() == ["entry"]


async def test_a_watchdog_that_starts_after_dispatch_has_died_acts_all_the_same(
    post: Post,
) -> None:
    post.beat()
    post.rest("entry", reduce_only=False)
    await run(post, 2)
    again = Post(rig=post.rig, watched=post.watched)
    await run(again, SILENT_S - 2)
    assert again.open() == ["entry"]
    await run(again, SILENT_S + 3)
    assert not again.open()


async def test_no_stop_that_still_lies_in_the_files_is_a_reason_to_leave_one_out(
    post: Post,
) -> None:
    for scope in (
        # Stored and released, perhaps, and not yet forgotten.
        Scope(tenant_id=post.rig.tenant_id, broker="paper"),
        Scope(tenant_id=UUID(int=9), broker="paper"),
        Scope(tenant_id=post.rig.tenant_id, broker="other"),
    ):
        await post.files.keep(
            builders.latch(scope=scope, cause=LatchCause.WATCHDOG, level=Level.REDUCING)
        )
    post.beat()
    await run(post, SILENT_S + 3)
    assert len(await post.files.kept()) == 4


async def test_accounts_that_could_not_be_written_are_once_there_is_room() -> None:
    post = Post(watched=MemoryWatchedAccounts(full=True))
    post.beat()
    await run(post, 3, beats=True)
    assert not await post.watched.read()
    assert len(post.problems) == 1
    post.watched.full = False
    await run(post, 6, beats=True)
    assert post.rig.account_id in (await post.watched.read())["paper"]


async def test_after_its_own_restart_an_orderly_end_is_still_no_silence(post: Post) -> None:
    post.beat()
    post.rest("entry", reduce_only=False)
    await run(post, 2)
    again = Post(rig=post.rig, watched=post.watched)
    running = asyncio.ensure_future(again.watch())
    try:
        await again.pass_time(2)
        again.beat()
        again.watch.sign_off("one")
        await again.pass_time(60)
    finally:
        running.cancel()
        await asyncio.wait({running})
    assert again.open() == ["entry"]


async def test_neither_a_full_volume_nor_a_silent_process_holds_up_a_cancel() -> None:
    post = Post(
        files=MemoryStopFiles(full=True),
        channel=MemoryStopChannel({"api-1": MemoryPeer(answers=False)}),
    )
    post.beat()
    post.rest("entry", reduce_only=False)
    await run(post, SILENT_S + 3)
    assert not post.open()
    assert post.problems


async def test_what_reaches_the_venue_late_goes_too_until_dispatch_is_back(post: Post) -> None:
    post.beat()
    running = asyncio.ensure_future(post.watch())
    try:
        await post.pass_time(SILENT_S + 3)
        # It was on its way when the process was stopped.
        post.rest("late", reduce_only=False)
        await post.pass_time(4)
        assert not post.open()
        assert post.watch.unwatched() == ["paper"]
        post.beat("two")
        await post.pass_time(1, beats=True)
        assert post.watch.unwatched() == []
        post.rest("new", reduce_only=False)
        await post.pass_time(10, beats=True)
        assert post.open() == ["new"]
    finally:
        running.cancel()
        await asyncio.wait({running})


async def test_a_cancel_that_fails_unheard_of_does_not_end_the_watch(post: Post) -> None:
    post.beat()
    post.rest("entry", reduce_only=False)
    post.rest("add", reduce_only=False)
    really, broken = post.rig.broker.cancel, [True]

    async def cancel(*, account_id: str, client_order_id: str) -> Acknowledged | Refused:
        if client_order_id == "entry" and broken:
            raise KeyError("orderId")
        return await really(account_id=account_id, client_order_id=client_order_id)

    post.rig.broker.cancel = cancel  # type: ignore[method-assign]  # a reply that cannot be read
    running = asyncio.ensure_future(post.watch())
    try:
        await post.pass_time(SILENT_S + 5)
        assert (running.done(), post.open()) == (False, ["entry"])
        broken.clear()
        await post.pass_time(10)
        assert (post.open(), post.canceled) == ([], ["paper"])
    finally:
        running.cancel()
        await asyncio.wait({running})


async def test_a_venue_that_is_away_is_asked_until_it_answers(post: Post) -> None:
    post.beat()
    post.rest("entry", reduce_only=False)
    post.rig.broker.reads_fail = BrokerUnavailable("connection refused")
    running = asyncio.ensure_future(post.watch())
    try:
        await post.pass_time(SILENT_S + 20)
        assert (post.open(), post.canceled) == (["entry"], [])
        post.rig.broker.reads_fail = None
        await post.pass_time(10)
        assert (post.open(), post.canceled) == ([], ["paper"])
    finally:
        running.cancel()
        await asyncio.wait({running})


async def test_the_latch_is_told_until_somebody_has_stored_it(post: Post) -> None:
    heard: list[UUID] = []

    async def take(latch: Latch) -> None:
        heard.append(latch.id)

    post.channel.peers["api-1"] = MemoryPeer(take=take, answers=False)
    post.beat()
    running = asyncio.ensure_future(post.watch())
    try:
        await post.pass_time(SILENT_S + 3)
        (latch,) = await post.files.kept()
        post.channel.peers["api-1"].answers = True
        await post.pass_time(6)
        assert set(heard) == {latch.id}
        # What the channel has the watchdog do when it is stored.
        await post.files.forget(latch.id)
        heard.clear()
        await post.pass_time(12)
        assert not heard
    finally:
        running.cancel()
        await asyncio.wait({running})


async def test_a_venue_that_comes_back_after_dispatch_did_is_left_alone(post: Post) -> None:
    post.beat()
    post.rig.broker.reads_fail = BrokerUnavailable("connection refused")
    running = asyncio.ensure_future(post.watch())
    try:
        await post.pass_time(SILENT_S + 3)
        assert post.watch.unwatched() == ["paper"]
        await post.pass_time(2, beats=True)
        post.rig.broker.reads_fail = None
        post.rest("new", reduce_only=False)
        await post.pass_time(20, beats=True)
        assert post.open() == ["new"]
    finally:
        running.cancel()
        await asyncio.wait({running})


async def test_a_volume_that_cannot_be_read_is_said() -> None:
    unread = StopNotKept("a file is no stop")
    post = Post(files=_Unreadable(unread))
    await run(post, 1)
    assert post.problems == [unread]


class _Unreadable(MemoryStopFiles):
    def __init__(self, problem: StopNotKept) -> None:
        super().__init__()
        self.problem = problem

    async def kept(self) -> Sequence[Latch]:
        raise self.problem


async def test_a_silence_is_told_once_with_the_number_of_its_accounts(post: Post) -> None:
    post.beat()
    await run(post, SILENT_S + 5)
    assert post.silent == [("paper", 1)]


class Unreadable(MemoryWatchedAccounts):
    """A folder that is gone."""

    async def read(self) -> Mapping[str, Mapping[UUID, UUID]]:
        raise StopNotKept("no such volume")


async def test_what_it_watched_before_and_cannot_read_is_told() -> None:
    post = Post(watched=Unreadable())
    await run(post, 1)
    assert [str(one) for one in post.problems] == ["no such volume"]
