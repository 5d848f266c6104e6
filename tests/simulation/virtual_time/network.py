"""Carry messages between simulated processes over a wire that loses, delays and repeats them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tests.simulation.virtual_time.life import Life
from tests.simulation.virtual_time.loop import SimulatedLoop
from tests.simulation.virtual_time.processes import SimulatedProcess

Request = TypeVar("Request")
Reply = TypeVar("Reply")

# Keeps the order of an orderly wire: two messages never arrive in the same instant.
_INSTANT_S = 1e-9


class NoReply(Exception):
    """No reply came in time: the request may or may not have taken effect."""


class Unreachable(Exception):
    """The request certainly did not leave: the other side was down or refused to connect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireFaults:
    """What goes wrong on a wire, as probabilities per message, and how slow it is.

    refuse: the connection fails before anything is sent. lose_request, lose_reply: the message
    vanishes. duplicate: the request arrives a second time, as late as reorder makes it.
    reorder: a message is held for late_s more and those behind it overtake it. Times are
    (low, high) in virtual seconds.
    """

    refuse: float = 0.0
    lose_request: float = 0.0
    lose_reply: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay_s: tuple[float, float] = (0.001, 0.02)
    late_s: tuple[float, float] = (0.0, 2.0)

    def __post_init__(self) -> None:
        for name in ("refuse", "lose_request", "lose_reply", "duplicate", "reorder"):
            share = getattr(self, name)
            if not 0.0 <= share <= 1.0:
                raise ValueError(f"{name} is a probability, 0 to 1, not {share}")
        for name in ("delay_s", "late_s"):
            low, high = getattr(self, name)
            if not 0.0 <= low <= high:
                raise ValueError(f"{name} needs 0 <= low <= high, not {low} and {high}")


class Wire(Generic[Request, Reply]):
    """A connection to one server: requests with a reply, and messages without.

    serve answers one request; each runs as a task of the server's life at the time of sending,
    and dies with it. server None is a server that never dies. What serve raises is raised at
    the requester. Unless reorder strikes, each direction keeps the order of sending.
    """

    def __init__(
        self,
        loop: SimulatedLoop,
        *,
        name: str,
        serve: Callable[[Request], Awaitable[Reply]],
        server: SimulatedProcess | None = None,
        faults: WireFaults | None = None,
    ) -> None:
        self.name = name
        self.faults = faults or WireFaults()
        # A cut wire loses everything, silently, both ways, until it is mended.
        self.cut = False
        self._loop = loop
        self._serve = serve
        self._server = server
        self._source = loop.source(f"wire/{name}")
        self._last_request_s = 0.0
        self._last_reply_s = 0.0

    async def request(
        self, message: Request, *, timeout_s: float, left: Callable[[], None] | None = None
    ) -> Reply:
        """Send and return the reply; `left` is called when the request is on its way.

        Raises NoReply after timeout_s and Unreachable when nothing was sent.
        """
        life = self._connect()
        answer: asyncio.Future[Reply] = self._loop.create_future()
        self._transmit(message, life=life, answer=answer)
        if left is not None:
            left()
        try:
            async with asyncio.timeout(timeout_s):
                return await answer
        except TimeoutError:
            if answer.done() and not answer.cancelled():
                # The reply came in the same instant, or is itself the server's TimeoutError.
                return answer.result()
            raise NoReply(f"{self.name}: no reply within {timeout_s} s") from None

    def send(self, message: Request) -> None:
        """Send without awaiting a reply; raises Unreachable when nothing was sent."""
        self._transmit(message, life=self._connect(), answer=None)

    def _connect(self) -> Life:
        life = self._loop.root if self._server is None else self._server.life
        if life is None or not life.alive:
            raise Unreachable(f"{self.name}: the server is down")
        if self._strikes(self.faults.refuse):
            raise Unreachable(f"{self.name}: connection refused")
        return life

    def _transmit(
        self, message: Request, *, life: Life, answer: "asyncio.Future[Reply] | None"
    ) -> None:
        if not (self._strikes(self.faults.lose_request) or self.cut):
            at_s = self._arrival(self._last_request_s)
            self._last_request_s = max(self._last_request_s, at_s[1])
            self._deliver(message, at_s=at_s[0], life=life, answer=answer)
        if self._strikes(self.faults.duplicate) and not self.cut:
            late_s = self._drawn(self.faults.delay_s) + self._drawn(self.faults.late_s)
            self._deliver(message, at_s=self._loop.time() + late_s, life=life, answer=answer)

    def _arrival(self, last_s: float) -> tuple[float, float]:
        """Return when a message sent now arrives, and behind what time later ones arrive."""
        at_s = max(self._loop.time() + self._drawn(self.faults.delay_s), last_s + _INSTANT_S)
        if self._strikes(self.faults.reorder):
            return at_s + self._drawn(self.faults.late_s), last_s
        return at_s, at_s

    def _deliver(
        self,
        message: Request,
        *,
        at_s: float,
        life: Life,
        answer: "asyncio.Future[Reply] | None",
    ) -> None:
        self._loop.call_at(at_s, self._arrived, message, answer, context=life.context.copy())

    def _arrived(self, message: Request, answer: "asyncio.Future[Reply] | None") -> None:
        self._loop.note(self.name)
        self._loop.create_task(self._answer(message, answer), name=f"{self.name} request")

    async def _answer(self, message: Request, answer: "asyncio.Future[Reply] | None") -> None:
        reply: Reply | None = None
        error: Exception | None = None
        try:
            reply = await self._serve(message)
        except Exception as raised:
            if answer is None:
                raise
            error = raised
        if answer is None or self._strikes(self.faults.lose_reply) or self.cut:
            return
        at_s, self._last_reply_s = self._arrival(self._last_reply_s)
        # The reply is on its way by now: the server's death does not stop it.
        self._loop.call_at(
            at_s, _settle, answer, reply, error, context=self._loop.root.context.copy()
        )

    def _strikes(self, probability: float) -> bool:
        return probability > 0.0 and self._source.random() < probability

    def _drawn(self, span: tuple[float, float]) -> float:
        low, high = span
        return low + (high - low) * self._source.random()


def _settle(answer: "asyncio.Future[Reply]", reply: Reply, error: Exception | None) -> None:
    if answer.done():
        return
    if error is None:
        answer.set_result(reply)
    else:
        answer.set_exception(error)
