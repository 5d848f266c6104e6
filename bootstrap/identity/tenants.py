"""Reach what makes tenants, for whoever holds the database, whether or not a server runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from adapters.postgres.migrations.run import pending
from application.identity.found_tenant import FoundTenant
from application.identity.make_firm_key import MakeFirmKey
from application.kill_switch.facade import KillSwitchUseCases
from bootstrap.areas import identity, kill_switch, market
from bootstrap.backup.installation import reached_database
from bootstrap.container import compose
from bootstrap.processes.roles import Plan, Role
from bootstrap.secrets.open_keys import Unmigrated
from bootstrap.settings.sections import Settings
from ports.identity import Users


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRoom:
    """What makes tenants, lists them, and stops all of them."""

    found: FoundTenant
    users: Users
    kill_switch: KillSwitchUseCases
    firm_key: MakeFirmKey


@asynccontextmanager
async def tenant_room(settings: Settings) -> AsyncIterator[TenantRoom]:
    """Give it over the installation's database; raises NoDatabase, Unmigrated."""
    async with reached_database(settings) as url:
        if await pending(url):
            raise Unmigrated(
                "the database is of an earlier release: run `ballast migrate`, or start the server"
            )
        given = replace(settings, profile="cluster", database_url=url)
        # It answers nobody and does no job: it only reads the market's time, as the API does.
        parts = compose(given, plan=Plan(roles=frozenset({Role.API})))
        storage, prices = parts.storage, parts.of(market.build)
        await prices.history.start()
        await storage.server.start()
        try:
            await prices.start()
            yield TenantRoom(
                found=parts.of(identity.build).found,
                users=storage.users,
                kill_switch=parts.of(kill_switch.build).facade,
                firm_key=MakeFirmKey(
                    users=storage.users,
                    members=storage.members,
                    tokens=storage.personal_tokens,
                    randomness=parts.system.randomness,
                    clock=parts.system.clock,
                    ids=parts.system.ids,
                ),
            )
        finally:
            await storage.server.stop()
