"""The channel of stops: what reaches whom, over sockets and over TLS."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

from adapters.system.stop_channel import SocketStops
from adapters.system.stop_listener import StopHandlers, StopListener
from adapters.system.stop_wire import tls_of
from domain.kill_switch.latch import Latch, Scope
from ports.stops import DispatchBeat, PeerAnswers, StopNotKept
from tests import builders
from tests.certificates import make
from tests.torture.processes import free_port

# Short enough for a test that waits for it; nothing here depends on a quiet machine.
ANSWER_S = 5.0


@dataclass(slots=True)
class Process:
    """What a process heard."""

    latches: list[Latch] = field(default_factory=list)
    beats: list[DispatchBeat] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    async def take(self, latch: Latch) -> None:
        self.latches.append(latch)

    async def kept(self) -> Sequence[Latch]:
        return self.latches

    async def forget(self, latch_id: UUID) -> None:
        self.latches = [one for one in self.latches if one.id != latch_id]

    def handlers(self, *, watches: bool = False) -> StopHandlers:
        return StopHandlers(
            take=self.take,
            stored=self.forget,
            kept=self.kept,
            heard=self.beats.append if watches else None,
            left=self.gone.append if watches else None,
        )


@asynccontextmanager
async def listening(folder: Path, name: str, *, watches: bool = False) -> AsyncIterator[Process]:
    process = Process()
    listener = StopListener(name=name, folder=folder, handlers=process.handlers(watches=watches))
    await listener.start()
    try:
        yield process
    finally:
        await listener.stop()


def channel(folder: Path) -> SocketStops:
    return SocketStops(own="api-own", folder=folder, answer_s=ANSWER_S)


def certificate(folder: Path) -> tuple[Path, Path]:
    folder.mkdir()
    make(folder)
    return folder / "server.pem", folder / "server.key"


def latch() -> Latch:
    return builders.latch(scope=Scope(tenant_id=builders.new_id()))


async def test_a_stop_reaches_every_process_but_its_own(tmp_path: Path) -> None:
    own, told = channel(tmp_path), latch()
    async with (
        listening(tmp_path, "api-own") as itself,
        listening(tmp_path, "dispatch-1") as dispatch,
        listening(tmp_path, "watchdog-1", watches=True) as watchdog,
    ):
        reached = await own.tell(told)
        assert (reached.heard, reached.silent) == (("dispatch-1", "watchdog-1"), ())
        assert dispatch.latches == watchdog.latches == [told]
        assert not itself.latches
        assert (await own.ask()).latches == (told,)
        await own.stored(told.id)
        assert (await own.ask()).latches == ()


async def test_a_process_that_ended_is_not_silent_and_one_that_hangs_is(tmp_path: Path) -> None:
    own = SocketStops(own="api-own", folder=tmp_path, answer_s=0.2)

    # As after a SIGKILL: the name is there, and nobody listens.
    with socket.socket(socket.AF_UNIX) as dead, socket.socket(socket.AF_UNIX) as stopped:
        dead.bind(str(tmp_path / "dispatch-2.sock"))
        # As after a SIGSTOP: the kernel takes the connection in, and nobody reads.
        stopped.bind(str(tmp_path / "api-3.sock"))
        stopped.listen(8)
        async with listening(tmp_path, "dispatch-1"):
            reached = await own.tell(latch())
        assert (reached.heard, reached.silent) == (("dispatch-1",), ("api-3",))
        assert (await own.ask()).silent == ("api-3",)


async def test_beats_carry_the_accounts_until_the_watchdog_knows_them(tmp_path: Path) -> None:
    own = channel(tmp_path)
    account_id, tenant_id = builders.new_id(), builders.new_id()
    beat = DispatchBeat(
        process="dispatch-1",
        brokers=frozenset({"paper"}),
        accounts={"paper": {account_id: tenant_id}},
    )
    async with (
        listening(tmp_path, "api-2") as api,
        listening(tmp_path, "watchdog-1", watches=True) as watchdog,
    ):
        for _ in range(3):
            reached = await own.beat(beat)
        assert reached.heard == ("watchdog-1",)
        assert watchdog.beats == [beat] * 3
        await own.sign_off("dispatch-1")
        assert (watchdog.gone, api.gone) == (["dispatch-1"], [])


async def test_a_watchdog_tells_for_which_brokers_it_hears_nobody(tmp_path: Path) -> None:
    own = channel(tmp_path)
    handlers = replace(Process().handlers(watches=True), unwatched=lambda: ["paper"])
    listener = StopListener(name="watchdog-1", folder=tmp_path, handlers=handlers)
    await listener.start()
    try:
        async with listening(tmp_path, "dispatch-1"):
            assert (await own.ask()).unwatched == {"paper"}
    finally:
        await listener.stop()
    assert (await own.ask()).unwatched == set()


async def test_a_message_that_is_none_is_answered_and_harms_nobody(tmp_path: Path) -> None:
    async with listening(tmp_path, "dispatch-1") as dispatch:
        for raw in (b"\x00\x00\x00\x02{}", b"\xff\xff\xff\xff", b"\x00\x00\x00\x05nul"):
            reader, writer = await asyncio.open_unix_connection(str(tmp_path / "dispatch-1.sock"))
            writer.write(raw)
            writer.write_eof()
            await reader.read()
            writer.close()
        assert (await channel(tmp_path).tell(latch())).heard == ("dispatch-1",)
        assert len(dispatch.latches) == 1


async def test_another_machine_is_reached_by_tls_and_strangers_are_not_heard(
    tmp_path: Path,
) -> None:
    port = free_port()
    own, stranger = certificate(tmp_path / "own"), certificate(tmp_path / "stranger")
    # Each signs itself: who shows what our authority knows is let in.
    ca = own[0]
    process = Process()
    listener = StopListener(
        name="dispatch-1",
        folder=tmp_path / "there",
        handlers=process.handlers(),
        address=("127.0.0.1", port),
        tls=tls_of(certificate=own[0], key=own[1], ca=ca, server=True),
    )
    await listener.start()
    try:
        for files, heard in ((own, True), (stranger, False)):
            peer = SocketStops(
                own="api-own",
                folder=tmp_path / "here",
                peers=(("127.0.0.1", port),),
                tls=tls_of(certificate=files[0], key=files[1], ca=ca, server=False),
                answer_s=ANSWER_S,
            )
            reached = await peer.tell(latch())
            assert bool(reached.heard) is heard
            assert bool(reached.silent) is not heard
    finally:
        await listener.stop()
    assert len(process.latches) == 1


async def test_a_check_tells_which_watchdogs_are_well(tmp_path: Path) -> None:
    async def broken() -> Sequence[Latch]:
        raise StopNotKept("a file is no stop")

    channel = SocketStops(own="check", folder=tmp_path, answer_s=ANSWER_S)
    assert await channel.watchdogs() == PeerAnswers()
    async with listening(tmp_path, "api-1"), listening(tmp_path, "watchdog-1", watches=True):
        assert await channel.watchdogs() == PeerAnswers(heard=("watchdog-1",))
        handlers = replace(Process().handlers(watches=True), kept=broken)
        ill = StopListener(name="watchdog-2", folder=tmp_path, handlers=handlers)
        await ill.start()
        try:
            found = await channel.watchdogs()
        finally:
            await ill.stop()
    assert found == PeerAnswers(heard=("watchdog-1",), silent=("watchdog-2",))
