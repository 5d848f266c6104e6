"""Tell every other process of a stop, without storage (port StopChannel)."""

import asyncio
import contextlib
import hashlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import msgspec

from adapters.system import stop_wire as wire
from adapters.system.stop_listener import SUFFIX, short_way
from domain.kill_switch.latch import Latch
from ports.stops import DispatchBeat, PeerAnswers, UnstoredStops

# Of one exchange with one process; all are asked side by side.
ANSWER_S = 1.0
# What the name of a watchdog begins with.
WATCHDOG = "watchdog"

_Answers = dict[str, wire.AnswerMessage | None]


class _Gone(Exception):
    """The process at the other end has ended: its socket refuses."""


@dataclass(slots=True, kw_only=True)
class SocketStops:
    """The processes whose sockets lie in the folder but our own, and the peers by address.

    A socket that refuses is of a process that ended: nobody is silent there, and what it kept
    lies in the files of its machine. A peer on another machine that refuses is silent.
    """

    own: str
    folder: Path
    peers: tuple[tuple[str, int], ...] = ()
    tls: ssl.SSLContext | None = None
    answer_s: float = ANSWER_S
    # The peers that have said to be watchdogs, and what they know of our accounts.
    _watchdogs: set[str] = field(default_factory=set, init=False)
    _digests: dict[str, str] = field(default_factory=dict, init=False)

    async def tell(self, latch: Latch) -> PeerAnswers:
        """Have every process act on a stop now."""
        return _reached(await self._each(lambda _: wire.StopMessage(latch=latch)))

    async def stored(self, latch_id: UUID) -> None:
        """Tell every process that storage has a stop."""
        await self._each(lambda _: wire.StoredMessage(latch_id=latch_id))

    async def ask(self) -> UnstoredStops:
        """Ask every process for the stops that it keeps."""
        answers = await self._each(lambda _: wire.AskMessage())
        found = {
            latch.id: latch
            for answer in answers.values()
            if answer is not None
            for latch in answer.latches
        }
        unwatched = {
            broker
            for answer in answers.values()
            if answer is not None
            for broker in answer.unwatched
        }
        return UnstoredStops(
            latches=tuple(found.values()),
            silent=_reached(answers).silent,
            unwatched=frozenset(unwatched),
        )

    async def watchdogs(self) -> PeerAnswers:
        """Ask the watchdogs of this machine how they are: silent is one that keeps nothing too."""
        answers = await self._each(lambda _: wire.AskMessage())
        return _reached(
            {name: one for name, one in answers.items() if name.startswith(f"{WATCHDOG}-")}
        )

    async def beat(self, beat: DispatchBeat) -> PeerAnswers:
        """Tell the watchdogs that this process lives."""
        accounts = {
            name: {str(one): tenant_id for one, tenant_id in known.items()}
            for name, known in beat.accounts.items()
        }
        digest = hashlib.sha256(msgspec.json.encode(accounts, order="sorted")).hexdigest()

        def message(name: str) -> wire.BeatMessage:
            knows = self._digests.get(name) == digest
            return wire.BeatMessage(
                process=beat.process,
                brokers=sorted(beat.brokers),
                digest=digest,
                accounts=None if knows else accounts,
            )

        answers = await self._each(message)
        for name, answer in answers.items():
            if answer is None:
                self._digests.pop(name, None)
                continue
            self._digests[name] = answer.digest
            if answer.is_watchdog:
                self._watchdogs.add(name)
        self._watchdogs &= answers.keys()
        return _reached({name: answers[name] for name in self._watchdogs})

    async def sign_off(self, process: str) -> None:
        """Tell the watchdogs that this process ends in order."""
        await self._each(lambda _: wire.SignOffMessage(process=process))

    async def _each(self, message: Callable[[str], wire.Message]) -> _Answers:
        """Return every process's answer, None of who gave none or could not do it."""
        sockets = {
            path.name.removesuffix(SUFFIX): path.name
            for path in self.folder.glob(f"*{SUFFIX}")
            if path.name != f"{self.own}{SUFFIX}"
        }
        asked = [self._at_socket(name, file, message(name)) for name, file in sockets.items()]
        for host, port in self.peers:
            name = f"{host}:{port}"
            asked.append(self._at_address(name, host, port, message(name)))
        answers: _Answers = {}
        for told in await asyncio.gather(*asked):
            answers.update(told)
        return answers

    async def _at_socket(self, name: str, file: str, message: wire.Message) -> _Answers:
        try:
            async with asyncio.timeout(self.answer_s):
                with short_way(self.folder) as way:
                    try:
                        reader, writer = await asyncio.open_unix_connection(f"{way}/{file}")
                    except (ConnectionRefusedError, FileNotFoundError) as problem:
                        raise _Gone(name) from problem
                return {name: await _exchange(reader, writer, message)}
        except _Gone:
            (self.folder / file).unlink(missing_ok=True)
            return {}
        except (OSError, TimeoutError, wire.Unreadable, msgspec.MsgspecError, ValueError):
            return {name: None}

    async def _at_address(self, name: str, host: str, port: int, message: wire.Message) -> _Answers:
        try:
            async with asyncio.timeout(self.answer_s):
                reader, writer = await asyncio.open_connection(host, port, ssl=self.tls)
                return {name: await _exchange(reader, writer, message)}
        except (OSError, TimeoutError, wire.Unreadable, msgspec.MsgspecError, ValueError):
            return {name: None}


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, message: wire.Message
) -> wire.AnswerMessage | None:
    try:
        await wire.write(writer, message)
        answer = wire.ANSWER.decode(await wire.read(reader))
        # Who could not keep a stop has not heard it.
        return None if answer.problem else answer
    finally:
        with contextlib.suppress(OSError):
            writer.close()


def _reached(answers: _Answers) -> PeerAnswers:
    return PeerAnswers(
        heard=tuple(sorted(name for name, one in answers.items() if one is not None)),
        silent=tuple(sorted(name for name, one in answers.items() if one is None)),
    )
