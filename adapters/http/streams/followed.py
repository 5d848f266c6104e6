"""Keep what one reader follows, and cut off what it may not follow any more."""

import asyncio
from collections.abc import Awaitable, Callable

from adapters.http.streams.authority import may_follow
from adapters.http.streams.hub import Hub, Topic
from adapters.http.streams.messages import QUOTES, withdrawn_frame
from adapters.http.streams.outbox import Outbox
from adapters.http.streams.subscription import Subscription
from domain.identity.access import Access
from domain.shared.notices import family_of


class ConnectionSubscriptions:
    """The subscriptions of one connection, each in the hub for as long as it is here."""

    def __init__(
        self, *, hub: Hub, outbox: Outbox, guarded: Callable[[Awaitable[None]], Awaitable[None]]
    ) -> None:
        self._hub = hub
        self._outbox = outbox
        self._guarded = guarded
        self._topics: dict[Topic, Subscription] = {}
        self._catching_up: dict[Topic, asyncio.Task[None]] = {}
        self._quotes = False

    def __len__(self) -> int:
        return len(self._topics)

    def __contains__(self, topic: Topic) -> bool:
        return topic in self._topics

    def follow(self, subscription: Subscription) -> None:
        """Let a subscription have its topic's events from now on."""
        self._topics[subscription.topic] = subscription
        self._hub.follow(subscription.topic, subscription, sees=subscription.sees)

    def follow_quotes(self, symbols: tuple[str, ...]) -> None:
        """Let the reader have the quotes of exactly these symbols."""
        self._quotes = True
        self._hub.follow_quotes(symbols, self._outbox)

    def leave_quotes(self) -> None:
        """Let the reader have no more quotes."""
        self._quotes = False
        self._hub.leave_quotes(self._outbox)

    def start_catching_up(self, subscription: Subscription) -> None:
        """Bring a subscription that missed something up to the present."""
        task = asyncio.ensure_future(self._guarded(subscription.catch_up()))
        self._catching_up[subscription.topic] = task

    def leave(self, topic: Topic) -> None:
        """Follow a topic no more."""
        subscription = self._topics.pop(topic, None)
        if subscription is not None:
            self._hub.leave(topic, subscription)
            subscription.leave()
        task = self._catching_up.pop(topic, None)
        if task is not None:
            task.cancel()

    def leave_all(self) -> list["asyncio.Task[None]"]:
        """Follow nothing more; return what still runs."""
        for topic, subscription in self._topics.items():
            self._hub.leave(topic, subscription)
        self._topics.clear()
        self.leave_quotes()
        return list(self._catching_up.values())

    def withdraw(self, access: Access) -> None:
        """Leave what these rights do not allow, and say so to the reader."""
        for topic in tuple(self._topics):
            _, account_id, channel = topic
            channel = family_of(channel)
            if not may_follow(channel, account_id=account_id, access=access):
                self.leave(topic)
                self._outbox.push(withdrawn_frame(channel=channel, account_id=account_id))
        if self._quotes and not may_follow(QUOTES, account_id=None, access=access):
            self.leave_quotes()
            self._outbox.push(withdrawn_frame(channel=QUOTES, account_id=None))
