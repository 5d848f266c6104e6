"""Invariant 22 for `ballast serve --workers 2`: the parent is told, and all of them end."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from ports.broker import Dedup
from tests.integration.brokers.venue_process import VenueProcess, venue_process
from tests.torture.audit import audit, settle
from tests.torture.ended import EXIT_S, Ended, WatchedContext
from tests.torture.kept import kept_folder
from tests.torture.kills import FUNDS
from tests.torture.load import Attendant, LoadReport, traders_of
from tests.torture.processes import Server, ServerFailed
from tests.torture.workers.trading import venue_arguments, venue_settings

WORKERS = 2
TRADERS = 3
WHOLE = f"serve --workers {WORKERS}"


@dataclass(slots=True, kw_only=True)
class WholeTerms:
    """So many SIGTERMs of the whole server, over one fresh database and one venue."""

    database_url: str
    bootstrap: str
    terms: int
    seed: int
    say: Callable[[str], None]

    async def run(self) -> Ended:
        """Run it; a violation keeps the logs for a look."""
        done, label = Ended(), f"seed {self.seed}"
        with (
            kept_folder(wrongs=done.wrongs, label=label, say=self.say) as folder,
            venue_process(*venue_arguments(dedup=Dedup.NONE, seed=self.seed)) as venue,
        ):
            server = Server(
                folder=folder,
                arguments=("serve", "--workers", str(WORKERS)),
                settings={
                    "BALLAST_PROFILE": "cluster",
                    "BALLAST_DATABASE_URL": self.database_url,
                    "BALLAST_KAFKA_BOOTSTRAP": self.bootstrap,
                    "BALLAST_REPLAY_PAUSED": "true",
                    **venue_settings(venue, dedup=Dedup.NONE),
                },
            )
            try:
                await self._torture(server, venue, done)
            finally:
                server.kill()
        return done

    async def _torture(self, server: Server, venue: VenueProcess, done: Ended) -> None:
        random = Random(self.seed)
        await self._start(server)
        told, stopping = LoadReport(), asyncio.Event()
        async with WatchedContext(
            url=server.url, token=server.token(), urls=(server.url,), ended=done
        ) as context:
            await context.drop_rules("ORDER_RATE", "DUPLICATE_ORDER")
            accounts = [
                await context.open_account(f"whole {number}", funds=FUNDS)
                for number in range(TRADERS)
            ]
            traders = traders_of(
                context, accounts=accounts, told=told, random=random, stopping=stopping
            )
            async with asyncio.TaskGroup() as group:
                for trader in traders:
                    group.create_task(trader.run())
                attendant = Attendant(context=context, venue=venue, stopping=stopping)
                group.create_task(attendant.run())
                for number in range(self.terms):
                    await asyncio.sleep(random.uniform(0.5, 2.5))
                    began = time.monotonic()
                    status = await asyncio.to_thread(server.stop)
                    took_s = time.monotonic() - began
                    done.ended(WHOLE, status=status, took_s=took_s, tail=server.log_tail())
                    await self._start(server)
                    self.say(f"  {number + 1}/{self.terms} SIGTERMs of {WHOLE}")
                stopping.set()
            done.wrongs += told.wrongs
            done.wrongs += await settle(context, account_ids=accounts)
            found = await audit(
                context,
                told=told,
                dump=await asyncio.to_thread(venue.dump),
                account_ids=accounts,
                funds=Decimal(FUNDS),
                random=random,
            )
        done.orders = found.orders
        done.wrongs += found.wrongs
        if status := await asyncio.to_thread(server.stop):
            done.wrongs.append(f"{WHOLE} exits with {status} within {EXIT_S:.0f} s")

    async def _start(self, server: Server) -> None:
        server.start()
        if not await server.ready():
            raise ServerFailed(f"{WHOLE} did not start\n{server.log_tail()}")
