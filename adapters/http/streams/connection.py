"""Serve one WebSocket: read messages, keep subscriptions, write events."""

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Any

import structlog
from litestar.types import Receive, Send

from adapters.http.problem_kinds import TOO_LARGE
from adapters.http.problems import Problem, defect, invalid, problem_of, unfit
from adapters.http.reading import decode
from adapters.http.streams.authority import may_see, permit
from adapters.http.streams.followed import ConnectionSubscriptions
from adapters.http.streams.hub import Topic
from adapters.http.streams.limits import MessageRate
from adapters.http.streams.messages import (
    DECODER,
    QUOTES,
    Authenticate,
    ClientMessage,
    Ping,
    Subscribe,
    Unsubscribe,
    authenticated_frame,
    error_frame,
    pong_frame,
    quotes_frame,
    resumed_frame,
    snapshot_frame,
    unsubscribed_frame,
    welcome_frame,
)
from adapters.http.streams.outbox import Outbox
from adapters.http.streams.served import StreamParts
from adapters.http.streams.subscription import Subscription
from adapters.http.streams.topics import topic_of
from application.market.read_market import NoQuote
from application.streams.channels import StreamChannel
from domain.market.prices import Quote
from domain.shared.notices import Notice
from ports.identity import InvalidToken
from ports.tickets import Session

log = structlog.get_logger(__name__)

# What was not granted looks like what is not there.
_NOT_ALLOWED = frozenset({401, 403, 404})
POLICY = 1008
TOO_BIG = 1009
BROKEN = 1011


class Connection:
    """One reader, from the accepted handshake to the close."""

    def __init__(
        self, *, served: StreamParts, session: Session, receive: Receive, send: Send, trace_id: str
    ) -> None:
        self.session = session
        self._served = served
        self._receive = receive
        self._send = send
        self._trace_id = trace_id
        settings = served.settings
        self.outbox = Outbox(
            send=send,
            clock=served.clock,
            frames_max=settings.buffer_max,
            close=self.close,
            broken=self._broken,
        )
        self._rate = MessageRate(
            now=served.clock.monotonic, per_s=settings.messages_per_s, burst=settings.messages_burst
        )
        self._followed = ConnectionSubscriptions(
            hub=served.hub, outbox=self.outbox, guarded=self._guarded
        )
        self._ended: asyncio.Future[tuple[int, str] | None] = (
            asyncio.get_running_loop().create_future()
        )

    def close(self, code: int, reason: str) -> None:
        """End the connection with a code and a reason; the first call counts."""
        if not self._ended.done():
            self._ended.set_result((code, reason))

    async def serve(self) -> None:
        """Serve until either side ends it."""
        served = self._served
        self.outbox.push(
            welcome_frame(
                heartbeat_s=served.settings.heartbeat_s,
                expires_at=self.session.principal.expires_at,
            )
        )
        tasks = [
            asyncio.create_task(self._guarded(self._read())),
            asyncio.create_task(self._guarded(self.outbox.write())),
        ]
        closing: tuple[int, str] | None = None
        try:
            closing = await self._ended
        finally:
            tasks += self._followed.leave_all()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if closing is not None:
            await self._say_goodbye(*closing)

    def renew(self, session: Session) -> None:
        """Go on under these rights: what they do not allow any more is cut off, and said."""
        before, self.session = self.session, session
        if session.principal.access != before.principal.access:
            self._followed.withdraw(session.principal.access)

    def _sees(self, notice: Notice) -> bool:
        return may_see(notice, access=self.session.principal.access)

    async def _say_goodbye(self, code: int, reason: str) -> None:
        message: Any = {"type": "websocket.close", "code": code, "reason": reason}
        # A reader that does not read cannot be told; the server drops it.
        with contextlib.suppress(TimeoutError, OSError, RuntimeError):
            async with asyncio.timeout(self._served.settings.close_s):
                await self._send(message)

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - told where connections break
            self._broken(error)

    def _broken(self, error: Exception) -> None:
        if isinstance(error, OSError):
            # The peer is gone; nobody is left to be told.
            if not self._ended.done():
                self._ended.set_result(None)
            return
        log.error("streams.failed", exc_info=error)
        self.close(BROKEN, "the server failed; reconnect and resume by sequence")

    async def _read(self) -> None:
        while True:
            message: Any = await self._receive()
            if message["type"] == "websocket.disconnect":
                if not self._ended.done():
                    self._ended.set_result(None)
                return
            if message["type"] != "websocket.receive":
                continue
            text = message.get("text")
            size = len(text if text is not None else message.get("bytes") or b"")
            if size > self._served.settings.frame_max:
                self.close(TOO_BIG, TOO_LARGE.meaning)
                return
            if not self._rate.admits():
                self.close(POLICY, "too many messages")
                return
            if text is not None:
                await self._take(text)
                continue
            await self._refuse(invalid("frames must be text"), op=None, id=None)

    async def _take(self, text: str) -> None:
        try:
            message = decode(text, decoder=DECODER, what="the frame")
        except Problem as unread:
            await self._refuse(unread, op=None, id=None)
            return
        try:
            await self._carry_out(message)
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                log.exception("streams.message_failed")
            op = str(type(message).__struct_config__.tag)
            if problem is not None and problem.status in _NOT_ALLOWED:
                user_id = str(self.session.principal.user_id)
                log.info("streams.denied", op=op, reason=problem.kind.slug, user=user_id)
            await self._refuse(problem or defect(), op=op, id=message.id)

    async def _refuse(self, problem: Problem, *, op: str | None, id: str | None) -> None:
        frame = error_frame(problem, op=op, trace_id=self._trace_id, id=id)
        await self.outbox.push_when_room(frame)

    async def _carry_out(self, message: ClientMessage) -> None:
        match message:
            case Subscribe():
                await self._subscribe(message)
            case Unsubscribe():
                await self._unsubscribe(message)
            case Ping():
                frame = pong_frame(at=self._served.clock.now(), id=message.id)
                await self.outbox.push_when_room(frame)
            case Authenticate():
                await self._authenticate(message)

    async def _authenticate(self, message: Authenticate) -> None:
        principal = await self._served.identity.authenticate(message.token)
        known = self.session.principal
        if (principal.user_id, principal.tenant_id) != (known.user_id, known.tenant_id):
            raise InvalidToken("the token is another user's: connect anew")
        self.renew(Session(principal=principal, token=message.token))
        frame = authenticated_frame(expires_at=principal.expires_at, id=message.id)
        await self.outbox.push_when_room(frame)

    async def _subscribe(self, message: Subscribe) -> None:
        if message.channel == QUOTES:
            await self._subscribe_quotes(message)
            return
        if message.symbols is not None:
            raise unfit("/symbols", "belongs to the channel quotes")
        topic = self._topic(message)
        permit(message.channel, account_id=topic[1], access=self.session.principal.access)
        allowed = self._served.settings.subscriptions_max
        if topic not in self._followed and len(self._followed) >= allowed:
            raise unfit("/channel", f"a connection may follow {allowed} channels")
        self._followed.leave(topic)
        subscription = Subscription(
            topic=topic,
            outbox=self.outbox,
            streams=self._served.streams,
            on_gap=self._followed.start_catching_up,
            sees=self._sees if topic[1] is None else None,
            user_id=self.session.principal.user_id,
        )
        self._followed.follow(subscription)
        try:
            await self._begin(subscription, message=message)
        except BaseException:
            self._followed.leave(topic)
            raise

    async def _begin(self, subscription: Subscription, *, message: Subscribe) -> None:
        tenant_id, account_id, _ = subscription.topic
        channel = message.channel
        asked = message.from_sequence
        if asked is not None and await subscription.knows(asked):
            frame = resumed_frame(
                channel=channel, account_id=account_id, sequence=asked, id=message.id
            )
            await self.outbox.push_when_room(frame)
            await subscription.resume(asked)
            return
        # Without a sequence, or with one that the journal does not have, the state itself.
        snapshot = await self._served.streams.snapshot(
            tenant_id=tenant_id,
            account_id=account_id,
            channel=StreamChannel(channel),
            user_id=self.session.principal.user_id,
            among=self.session.principal.access.accounts,
        )
        permit(channel, account_id=account_id, access=self.session.principal.access)
        await self.outbox.push_when_room(
            snapshot_frame(
                channel=channel,
                account_id=account_id,
                sequence=snapshot.sequence,
                rows=snapshot.rows,
                id=message.id,
            )
        )
        subscription.last = snapshot.sequence
        await subscription.catch_up()

    async def _subscribe_quotes(self, message: Subscribe) -> None:
        if message.from_sequence is not None:
            raise unfit("/from_sequence", "quotes are not kept: only the latest can be had")
        if message.account_id is not None:
            raise unfit("/account_id", "does not belong to the channel quotes")
        permit(QUOTES, account_id=None, access=self.session.principal.access)
        symbols = message.symbols
        if symbols is None:
            symbols = [one.symbol for one in await self._served.market.list_instruments()]
        quotes: list[Quote] = []
        for symbol in symbols:
            with contextlib.suppress(NoQuote):
                quotes.append(await self._served.market.quote(symbol))
        frame = quotes_frame(quotes, sequence=self._served.hub.quote_sequence, id=message.id)
        await self.outbox.push_when_room(frame)
        # The rights may have been withdrawn while the quotes were looked up.
        permit(QUOTES, account_id=None, access=self.session.principal.access)
        self._followed.follow_quotes(tuple(symbols))

    def _topic(self, message: Subscribe | Unsubscribe) -> Topic:
        principal = self.session.principal
        return topic_of(message, tenant_id=principal.tenant_id, user_id=principal.user_id)

    async def _unsubscribe(self, message: Unsubscribe) -> None:
        if message.channel == QUOTES:
            self._followed.leave_quotes()
        else:
            self._followed.leave(self._topic(message))
        frame = unsubscribed_frame(
            channel=message.channel, account_id=message.account_id, id=message.id
        )
        await self.outbox.push_when_room(frame)
