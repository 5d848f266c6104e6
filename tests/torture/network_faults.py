"""Name twenty ways in which the network between the product and a server misbehaves."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.services.proxy import FaultProxy, Way

# Amidst a message of each of the protocols.
PART_BYTES = 150
EVERY_S = 0.3
LOUD_S = 3.0
# Longer than every patience of the product's with a server that says nothing.
SILENT_S = 8.0


async def _nothing(_: FaultProxy) -> None:
    """Have nothing to do while a fault lasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way: how it begins, what goes on while it lasts, how long that is.

    loses: bytes are lost within connections, which therefore end with the fault.
    """

    name: str
    begin: Callable[[FaultProxy], None]
    lasting: Callable[[FaultProxy], Awaitable[None]] = _nothing
    lasts_s: float = LOUD_S
    loses: bool = False

    async def strike(self, proxy: FaultProxy, *, lasts_s: float | None = None) -> None:
        """Let it last its time; everything is well afterwards."""
        self.begin(proxy)
        ongoing = asyncio.ensure_future(self._ongoing(proxy))
        try:
            await asyncio.sleep(lasts_s or self.lasts_s)
        finally:
            ongoing.cancel()
            await asyncio.wait({ongoing})
            proxy.latency_s = 0.0
            await proxy.heal()
            if self.loses:
                proxy.cut()

    async def _ongoing(self, proxy: FaultProxy) -> None:
        while True:
            await self.lasting(proxy)
            await asyncio.sleep(EVERY_S)


def _slow(seconds: float) -> Callable[[FaultProxy], None]:
    def begin(proxy: FaultProxy) -> None:
        proxy.latency_s = seconds

    return begin


def _uneven(proxy: FaultProxy) -> None:
    proxy.jitter_s = 0.4


def _dripping(proxy: FaultProxy) -> None:
    proxy.bytes_per_s = 2_000.0


def _closing_slowly(proxy: FaultProxy) -> None:
    proxy.slow_close_s = 60.0


def _resetting(proxy: FaultProxy) -> None:
    proxy.resets_new = True
    proxy.cut()


def _stalling(proxy: FaultProxy) -> None:
    proxy.stalls_new = True
    proxy.cut()


def _calm(_: FaultProxy) -> None:
    """Begin nothing: it is what goes on."""


async def _refuse(proxy: FaultProxy) -> None:
    await proxy.refuse()


async def _gone(proxy: FaultProxy) -> None:
    await proxy.refuse()
    proxy.cut()


async def _cut(proxy: FaultProxy) -> None:
    proxy.cut()


async def _hang_up(proxy: FaultProxy) -> None:
    proxy.hang_up()


async def _flap(proxy: FaultProxy) -> None:
    await _gone(proxy)
    await asyncio.sleep(EVERY_S)
    await proxy.heal()


def _part(way: Way, *, cuts: bool) -> Callable[[FaultProxy], None]:
    def begin(proxy: FaultProxy) -> None:
        (proxy.cut_after if cuts else proxy.drop_after)(PART_BYTES, way=way)

    return begin


def _again(way: Way) -> Callable[[FaultProxy], Awaitable[None]]:
    async def again(proxy: FaultProxy) -> None:
        proxy.cut_after(PART_BYTES, way=way)

    return again


FAULTS = (
    Fault(name="latency of 100 ms", begin=_slow(0.1)),
    Fault(name="latency of 700 ms", begin=_slow(0.7), lasts_s=5.0),
    Fault(name="latency of 5 s", begin=_slow(5.0), lasts_s=SILENT_S),
    Fault(name="jitter of 400 ms", begin=_uneven),
    Fault(name="2 kB a second", begin=_dripping, lasts_s=5.0),
    Fault(name="new connections refused", begin=_calm, lasting=_refuse),
    Fault(name="gone", begin=_calm, lasting=_gone),
    Fault(name="all reset once", begin=lambda proxy: void(proxy.cut())),
    Fault(name="reset again and again", begin=_calm, lasting=_cut),
    Fault(name="reset when connecting", begin=_resetting),
    Fault(name="all hung up once", begin=lambda proxy: void(proxy.hang_up())),
    Fault(name="hung up again and again", begin=_calm, lasting=_hang_up),
    Fault(name="nothing passes", begin=lambda proxy: proxy.blackhole(), lasts_s=SILENT_S),
    Fault(
        name="requests vanish for a while",
        begin=lambda proxy: proxy.blackhole(Way.REQUESTS),
        lasts_s=SILENT_S,
    ),
    Fault(
        name="replies vanish for a while",
        begin=lambda proxy: proxy.blackhole(Way.REPLIES),
        lasts_s=SILENT_S,
    ),
    Fault(name="connections taken and never served", begin=_stalling, lasts_s=SILENT_S),
    Fault(
        name="requests broken off",
        begin=_part(Way.REQUESTS, cuts=True),
        lasting=_again(Way.REQUESTS),
        loses=True,
    ),
    Fault(
        name="replies broken off",
        begin=_part(Way.REPLIES, cuts=True),
        lasting=_again(Way.REPLIES),
        loses=True,
    ),
    Fault(
        name="replies swallowed amidst",
        begin=_part(Way.REPLIES, cuts=False),
        lasts_s=SILENT_S,
        loses=True,
    ),
    Fault(name="slow close, flapping", begin=_closing_slowly, lasting=_flap, lasts_s=5.0),
)


def void(_: object) -> None:
    """Forget a value."""
