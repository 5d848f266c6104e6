"""Feed every parser nonsense: `python -m tests.fuzz --minutes 10`.

Each parser gets that many minutes; the served API gets 10,000 requests that its OpenAPI
document describes, and some that it does not, as every role in turn. Ends with 1 when
anything broke.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable
from random import Random

from tests.fuzz.api import fuzz_roles
from tests.fuzz.found import Found
from tests.fuzz.offline import fuzz_bodies, fuzz_settings
from tests.fuzz.passkeys import fuzz_passkeys
from tests.fuzz.roles import askers
from tests.fuzz.sockets import fuzz_venue, fuzz_websocket
from tests.integration.brokers.venue_process import venue_process
from tests.torture.__main__ import say
from tests.torture.stages import serving

REQUESTS = 10_000


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="for each parser")
    parser.add_argument("--requests", type=int, default=REQUESTS, help="to the served API")
    parser.add_argument("--only", choices=("api", *_PARSERS), help="this one alone")
    parser.add_argument("--seed", type=int, default=Random().getrandbits(31))
    chosen = parser.parse_args()
    broken = 0
    for name, fuzz in _PARSERS.items():
        if chosen.only in (None, name):
            found = fuzz(chosen.minutes * 60, Random(chosen.seed))
            broken += _told(found.describe(), found.wrongs)
    if chosen.only in (None, "api"):
        broken += asyncio.run(_api(requests=chosen.requests, seed=chosen.seed))
    say(f"{broken} violations, seed {chosen.seed}")
    return 1 if broken else 0


def _settings(seconds: float, random: Random) -> Found:
    return fuzz_settings(seconds=seconds, random=random)


def _bodies(seconds: float, random: Random) -> Found:
    return fuzz_bodies(seconds=seconds, random=random)


def _passkeys(seconds: float, random: Random) -> Found:
    return fuzz_passkeys(seconds=seconds, random=random)


def _venue(seconds: float, random: Random) -> Found:
    with venue_process("--read-s-max=2") as venue:
        found = asyncio.run(fuzz_venue(venue.port, seconds=seconds, random=random))
        if venue.process.poll() is not None:
            found.wrongs.append(f"the venue ended with {venue.process.returncode}")
    return found


def _websocket(seconds: float, random: Random) -> Found:
    async def fuzz() -> Found:
        async with serving({}) as (server, context):
            return await fuzz_websocket(server, context, seconds=seconds, random=random)

    return asyncio.run(fuzz())


_PARSERS: dict[str, Callable[[float, Random], Found]] = {
    "settings": _settings,
    "bodies": _bodies,
    "passkeys": _passkeys,
    "venue": _venue,
    "websocket": _websocket,
}


async def _api(*, requests: int, seed: int) -> int:
    async with serving({}) as (server, _):
        who = await asyncio.to_thread(askers, server.url, owner=server.token())
        asked = await asyncio.to_thread(
            fuzz_roles, server.url, askers=who, cases=requests, seed=seed, say=say
        )
        defects = server.log_tail(lines=100_000).count("http.failed")
        wrongs = [*asked.wrongs, *(["the server logged defects"] if defects else [])]
    return _told(asked.describe(), wrongs)


def _told(said: str, wrongs: list[str]) -> int:
    say(said)
    for wrong in wrongs[:100]:
        say(f"  VIOLATION {wrong}")
    return len(wrongs)


if __name__ == "__main__":
    sys.exit(main())
