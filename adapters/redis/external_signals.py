"""Read a plain Redis stream that somebody else fills with signals."""

from collections.abc import Sequence
from typing import Any

from adapters.redis.client import Argument, RedisAway, RedisLink
from ports.signals import ExternalEntry, SignalsUnavailable

GROUP = "ballast"
MEMBER = "intake"


class RedisExternalSignals:
    """A stream under the name that it has on its server (port ExternalSignals)."""

    def __init__(self, *, link: RedisLink, stream: str) -> None:
        self._link = link
        self._stream = stream

    async def read(self, *, limit: int, wait_s: float) -> Sequence[ExternalEntry]:
        """Return entries, first those that were read and not acknowledged."""
        again = await self._read("0", limit=limit, wait_s=0.0)
        return again or await self._read(">", limit=limit, wait_s=wait_s)

    async def ack(self, places: Sequence[str]) -> None:
        """Be done with entries."""
        if not places:
            return
        try:
            await self._link.ask("XACK", self._stream, GROUP, *places)
        except RedisAway as problem:
            raise SignalsUnavailable(str(problem)) from problem

    async def _read(self, after: str, *, limit: int, wait_s: float) -> Sequence[ExternalEntry]:
        try:
            found = await self._ask(after, limit=limit, wait_s=wait_s)
        except RedisAway as problem:
            if "NOGROUP" not in str(problem):
                raise SignalsUnavailable(str(problem)) from problem
            await self._make_group()
            return []
        entries = found[0][1] if found else []
        # One that was trimmed away meanwhile has no fields left: it is refused like any other.
        return [ExternalEntry(place=place.decode(), fields=_texts(raw)) for place, raw in entries]

    async def _ask(self, after: str, *, limit: int, wait_s: float) -> Any:
        command: list[Argument] = ["XREADGROUP", "GROUP", GROUP, MEMBER, "COUNT", limit]
        tail: list[Argument] = ["STREAMS", self._stream, after]
        if wait_s <= 0:
            return await self._link.ask(*command, *tail)
        block: list[Argument] = ["BLOCK", max(1, round(wait_s * 1000))]
        return await self._link.wait(*command, *block, *tail, wait_s=wait_s)

    async def _make_group(self) -> None:
        try:
            await self._link.ask("XGROUP", "CREATE", self._stream, GROUP, "0", "MKSTREAM")
        except RedisAway as problem:
            if "BUSYGROUP" not in str(problem):
                raise SignalsUnavailable(str(problem)) from problem


def _texts(raw: Sequence[bytes] | None) -> dict[str, str]:
    pairs = list(raw or ())
    texts = [one.decode(errors="replace") for one in pairs]
    return dict(zip(texts[::2], texts[1::2], strict=True))
