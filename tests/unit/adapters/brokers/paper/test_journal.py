"""What the venue told outlives it; what is broken is said, not repaired."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from adapters.brokers.paper.broker import PaperBroker
from adapters.brokers.paper.change import Change
from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.faults import Faults, FaultSettings
from adapters.brokers.paper.journal import (
    VenueJournal,
    VenueJournalBusy,
    VenueJournalCorrupt,
)
from adapters.brokers.paper.settings import PaperSettings
from adapters.memory.time import ManualClock
from adapters.system.time import SystemSleeper
from domain.market.prices import SessionOpened
from ports.broker import Acknowledged, BrokerUnavailable, BrokerUnsure, Refused, Report, VenueState
from tests.unit.adapters.brokers.paper.context import ACCOUNT, OPEN_AT, Context, terms
from tests.unit.adapters.brokers.paper.test_laws import SETTINGS, STEPS, Watched


class Shop:
    """A journaled broker on a folder, and a context to feed it."""

    def __init__(self, folder: Path, **more: int) -> None:
        self.context = Context()
        self.clock = ManualClock(OPEN_AT)
        self.context.venue = PaperVenue(settings=PaperSettings(), journaled=True)
        self.journal = VenueJournal(folder, **more)
        self.broker = PaperBroker(
            venue=self.context.venue,
            clock=self.clock,
            sleeper=SystemSleeper(),
            faults=Faults(settings=FaultSettings(), roll=lambda: 0.5),
            journal=self.journal,
        )

    async def submit(self, name: str, quantity: int = 10) -> Acknowledged | Refused:
        return await self.broker.submit(
            account_id=ACCOUNT,
            client_order_id=name,
            terms=terms("buy", quantity, limit="90", tif="gtc"),
            written=lambda: None,
        )


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def snapshot(venue: PaperVenue) -> bytes:
    return msgspec.json.encode(venue.snapshot())


@settings(max_examples=40, deadline=None)
@given(steps=STEPS, how=SETTINGS)
def test_changes_replayed_give_the_same_venue(
    steps: list[tuple[object, ...]], how: dict[str, Any]
) -> None:
    own = PaperSettings(**how, retained_orders=5, retained_reports=20)
    context = Watched(**how)
    context.venue = PaperVenue(settings=own, journaled=True)
    copy = PaperVenue(settings=own, journaled=True)
    decoder = msgspec.json.Decoder(Change)
    context.open()
    context.quote("100", "100.02")
    for step in steps:
        context.drive(step)
        change = context.venue.take_change()
        if change is not None:
            copy.restore(decoder.decode(msgspec.json.encode(change)))
    # Time that passed without any change is not worth a write.
    copy.advance(context.venue.now)
    assert snapshot(copy) == snapshot(context.venue)
    whole = PaperVenue(settings=own, journaled=True)
    whole.restore(decoder.decode(snapshot(context.venue)))
    assert snapshot(whole) == snapshot(context.venue)


async def test_a_restarted_venue_goes_on_where_it_stood(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    await shop.broker.start()
    shop.context.open()
    shop.context.quote("100", "100.02")
    shop.context.take("filled", terms("buy", 10))
    await shop.submit("rests")
    before = await shop.broker.report_page(after=0, limit=100, wait_s=0)
    # Not stopped: as when the process is gone, only its handles are closed.
    shop.journal.close()
    again = Shop(tmp_path)
    await again.broker.start()
    assert await again.broker.report_page(after=0, limit=100, wait_s=0) == before
    assert again.context.held() == 10
    assert again.context.state("rests") is VenueState.WORKING
    assert isinstance(await again.submit("filled"), Refused)
    answer = await again.submit("new")
    assert answer == Acknowledged("P-3")
    new = (await again.broker.report_page(after=before[-1].sequence, limit=9, wait_s=0))[0]
    assert new.sequence == before[-1].sequence + 1
    again.context.at = shop.context.at
    again.context.trade("89")
    assert again.context.fills("rests") == [("10", "89")]
    await again.broker.stop()


async def test_an_answer_comes_after_its_change_is_on_disk(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    await shop.broker.start()
    await shop.submit("one")
    assert b'"one"' in only_file(tmp_path).read_bytes()
    await shop.broker.stop()


async def test_a_torn_last_line_is_cut_wherever_it_was_torn(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "first")
    await shop.broker.start()
    await shop.submit("one")
    whole = only_file(tmp_path / "first")
    kept = whole.read_bytes()
    await shop.submit("two")
    data = whole.read_bytes()
    for cut in range(len(kept), len(data), 7):
        folder = tmp_path / f"cut{cut}"
        folder.mkdir()
        (folder / whole.name).write_bytes(data[:cut])
        again = Shop(folder)
        await again.broker.start()
        assert again.context.state("one") is VenueState.WORKING
        assert await again.broker.find(account_id=ACCOUNT, client_order_id="two") is None
        assert isinstance(await again.submit("two"), Acknowledged)
        await again.broker.stop()
    await shop.broker.stop()


async def test_any_other_damage_is_an_error_that_says_where(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    await shop.broker.start()
    for name in ("one", "two", "three"):
        await shop.submit(name)
    await shop.broker.stop()
    path = only_file(tmp_path)
    data = path.read_bytes()
    lines = data.splitlines(keepends=True)
    damaged = [bytearray(data) for _ in range(4)]
    for number, copy in enumerate(damaged):
        copy[sum(map(len, lines[:number])) + 40] ^= 0x20
    broken = [*map(bytes, damaged), b"".join([lines[0], *lines[2:]]), b"", lines[0][:-5]]
    for number, content in enumerate(broken):
        path.write_bytes(content)
        with pytest.raises(VenueJournalCorrupt, match=r"venue-.*line \d") as caught:
            await Shop(tmp_path).broker.start()
        if number < 4:
            assert caught.value.line == number + 1
        assert path.read_bytes() == content, "a corrupt journal is evidence"


async def test_the_journal_stays_bounded(tmp_path: Path) -> None:
    shop = Shop(tmp_path, compact_bytes=4_000)
    await shop.broker.start()
    for number in range(200):
        await shop.submit("same" if number % 2 else f"n{number}")
        await shop.broker.cancel(account_id=ACCOUNT, client_order_id=f"n{number}")
    path = only_file(tmp_path)
    assert path.stat().st_size < 3 * len(snapshot(shop.context.venue)) + 4_000
    await shop.broker.stop()
    again = Shop(tmp_path)
    await again.broker.start()
    assert snapshot(again.context.venue) == snapshot(shop.context.venue)
    await again.broker.stop()


async def test_many_at_once_share_a_sync_and_all_are_kept(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    await shop.broker.start()
    await asyncio.gather(*(shop.submit(f"n{number}") for number in range(100)))
    shop.journal.close()
    again = Shop(tmp_path)
    await again.broker.start()
    assert len(await again.broker.open_orders(account_id=ACCOUNT)) == 100
    await again.broker.stop()


async def test_an_abandoned_call_does_not_stop_the_write_of_others(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    await shop.broker.start()
    first = asyncio.create_task(shop.submit("first"))
    second = asyncio.create_task(shop.submit("second"))
    await asyncio.sleep(0)
    first.cancel()
    assert isinstance(await second, Acknowledged)
    assert b'"first"' in only_file(tmp_path).read_bytes()
    await shop.broker.stop()


class FullDisk:
    """A disk whose syncs find no room until it is freed."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        for name in ("fsync", "fdatasync"):
            patch.setattr(os, name, self._fails)
        self._patch = patch

    @staticmethod
    def _fails(handle: int) -> None:
        raise OSError(28, "No space left on device")

    def free(self, clock: ManualClock) -> None:
        self._patch.undo()
        clock.advance(1)


async def test_a_disk_that_is_full_keeps_every_order_out_and_no_report_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(tmp_path)
    await shop.broker.start()
    seen = await shop.broker.report_page(after=0, limit=10, wait_s=0)
    FullDisk(monkeypatch)
    with pytest.raises(BrokerUnsure, match="No space left"):
        await shop.submit("one")
    assert "No space left" in shop.broker.problem()
    # It certainly did not take this one, and says so before anything has left.
    with pytest.raises(BrokerUnavailable, match="No space left"):
        await shop.submit("two")
    with pytest.raises(BrokerUnavailable):
        await shop.broker.find(account_id=ACCOUNT, client_order_id="one")
    with pytest.raises(BrokerUnavailable):
        await shop.broker.on_market(SessionOpened(calendar="XNYS", date=OPEN_AT.date(), at=OPEN_AT))
    told: list[Report] = list(await shop.broker.report_page(after=0, limit=10, wait_s=0.01))
    assert told == list(seen), "a report that is not on disk was shown"
    with pytest.raises(BrokerUnsure):
        await shop.broker.stop()


async def test_a_disk_with_room_again_goes_on_without_what_nobody_was_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(tmp_path)
    await shop.broker.start()
    await shop.submit("before")
    before = snapshot(shop.context.venue)
    full = FullDisk(monkeypatch)
    with pytest.raises(BrokerUnsure):
        await shop.submit("lost")
    full.free(shop.clock)
    assert await shop.broker.find(account_id=ACCOUNT, client_order_id="lost") is None
    assert shop.broker.problem() == ""
    assert snapshot(shop.context.venue) == before
    assert await shop.submit("lost") == Acknowledged("P-2")
    shop.journal.close()
    again = Shop(tmp_path)
    await again.broker.start()
    assert snapshot(again.context.venue) == snapshot(shop.context.venue)
    assert [one.client_order_id for one in again.context.venue.all_orders()] == ["before", "lost"]
    await again.broker.stop()


async def test_who_waits_for_a_write_that_is_rolled_back_is_not_told_that_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(tmp_path)
    await shop.broker.start()
    full = FullDisk(monkeypatch)
    one = asyncio.create_task(shop.submit("one"))
    await asyncio.sleep(0)
    (writing,) = asyncio.all_tasks() - {one, asyncio.current_task()}
    await writing
    # At once, before the one who waits has run on.
    full.free(shop.clock)
    await shop.broker.on_market(SessionOpened(calendar="XNYS", date=OPEN_AT.date(), at=OPEN_AT))
    with pytest.raises(BrokerUnsure, match="rolled back"):
        await one
    assert shop.context.venue.all_orders() == []
    await shop.broker.stop()


async def test_a_journal_that_cannot_be_compacted_for_lack_of_room_goes_on_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(tmp_path, compact_bytes=600)
    await shop.broker.start()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", FullDisk._fails)
        for index in range(9):
            assert isinstance(await shop.submit(f"order-{index}"), Acknowledged)
        only_file(tmp_path)
    for index in range(9, 20):
        await shop.submit(f"order-{index}")
    assert b'"order-0"' in only_file(tmp_path).read_bytes().splitlines()[0], "never compacted"
    shop.journal.close()
    again = Shop(tmp_path)
    await again.broker.start()
    assert len(again.context.venue.all_orders()) == 20
    await again.broker.stop()


# A limit of the kernel on the size of a file stands for the room that is left on a disk: the
# write itself fails half way, where a line is torn.
_FILL = """
import asyncio, resource, sys
from pathlib import Path
from tests.unit.adapters.brokers.paper.test_journal import Shop, only_file

async def main(folder):
    shop = Shop(folder)
    await shop.broker.start()
    await shop.submit("first")
    size = only_file(folder).stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, resource.RLIM_INFINITY))
    met = []
    for name in ("torn", "next"):
        try:
            await shop.submit(name)
        except Exception as problem:
            met.append(type(problem).__name__)
            shop.clock.advance(1)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await shop.submit("last")
    print(met, [one.client_order_id for one in shop.context.venue.all_orders()])

asyncio.run(main(Path(sys.argv[1])))
"""


async def test_a_line_torn_by_a_real_limit_is_cut_and_the_next_order_is_taken(
    tmp_path: Path,
) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _FILL, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await child.communicate()
    # A new file with what was proven would fit, and nothing behind it: that is no room.
    expected = "['BrokerUnsure', 'BrokerUnavailable'] ['first', 'last']"
    assert said.decode().splitlines()[-1] == expected
    again = Shop(tmp_path)
    await again.broker.start()
    assert [one.client_order_id for one in again.context.venue.all_orders()] == ["first", "last"]
    await again.broker.stop()


async def test_a_folder_keeps_one_venue_at_a_time(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    await shop.broker.start()
    with pytest.raises(VenueJournalBusy, match="another venue"):
        await Shop(tmp_path).broker.start()
    await shop.submit("one")
    await shop.broker.stop()
    again = Shop(tmp_path)
    await again.broker.start()
    assert again.context.state("one") is VenueState.WORKING
    await again.broker.stop()
