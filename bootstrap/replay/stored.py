"""Find a strategy that is stored, by its name, for whoever can read the installation's database."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from difflib import get_close_matches
from textwrap import shorten
from uuid import UUID

from adapters.postgres.embedded.errors import EmbeddedPostgresFault
from adapters.postgres.embedded.reached import NoDatabase
from adapters.postgres.link.address import AddressInvalid
from adapters.postgres.migrations.run import pending
from adapters.settings.faults import InvalidSettings
from adapters.telemetry.logs import configure_logging
from application.strategies.keep_strategies import STRATEGIES, STRATEGIES_MAX
from bootstrap.backup.installation import reached_database
from bootstrap.replay.strategy import KINDS
from bootstrap.secrets.open_keys import Unmigrated
from bootstrap.settings.load import load_settings
from bootstrap.settings.sections import Settings
from bootstrap.storage import build_postgres
from bootstrap.system import build_system
from domain.shared.values import InvalidValue
from domain.strategies.strategy import Strategy, StrategyKind
from ports.storage import StorageCorrupt, StorageUnavailable
from ports.work import Works

_NEAR_MAX = 5
_NAMED_MAX = 300
_AWAY = (
    NoDatabase,
    Unmigrated,
    AddressInvalid,
    StorageUnavailable,
    StorageCorrupt,
    EmbeddedPostgresFault,
    InvalidSettings,
)


async def stored_strategy(name: str, *, own: Sequence[str]) -> Strategy | None:
    """Return the stored strategy of that name or id; None for a kind or an own class.

    Nothing is changed, and no database is asked about a kind or a class. Raises InvalidValue for
    a name that is none of them, which says what there is.
    """
    if name in KINDS or name in own:
        return None
    known = f"must be one of {', '.join((*KINDS, *own))}, not {name}"
    try:
        async with _works() as works:
            return await strategy_called(name, works=works, known=known)
    except _AWAY as problem:
        told = f"{known}; no stored strategy can be looked for: {problem}"
        raise InvalidValue(field="strategy", problem=told) from problem


async def strategy_called(name: str, *, works: Works, known: str) -> Strategy:
    """Return the one strategy of that name or id among all tenants'; raises InvalidValue.

    known: what else a name could be, as the refusal says it.
    """
    by_id = _id_of(name)
    found = [
        one
        for one in await works.everywhere(STRATEGIES, limit=STRATEGIES_MAX, where={"name": name})
        if by_id is None
    ]
    every: list[Strategy] = []
    if not found:
        every = [one async for one in _all(works)]
        found = [one for one in every if one.id == by_id]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(str(one.id) for one in found)
        problem = f"names a strategy of {len(found)} tenants: give its id, one of {ids}"
        raise InvalidValue(field="strategy", problem=problem)
    names = sorted({one.name for one in every})
    near = get_close_matches(name, names, n=_NEAR_MAX) or names
    told = shorten(", ".join(near), _NAMED_MAX, placeholder=" …") or "none"
    raise InvalidValue(field="strategy", problem=f"{known}; stored here, and like it: {told}")


def symbols_of(strategy: Strategy, *, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return which of a stored strategy's symbols are looked at, all for none wanted.

    Raises InvalidValue for one that it does not trade.
    """
    if foreign := [one for one in wanted if one not in strategy.symbols]:
        own = shorten(", ".join(strategy.symbols), _NAMED_MAX, placeholder=" …")
        problem = f"{strategy.name} trades {own}, not {', '.join(foreign)}"
        raise InvalidValue(field="symbols", problem=problem)
    return tuple(wanted) or strategy.symbols


def class_of(strategy: Strategy, *, own: Sequence[str]) -> str:
    """Return the own class by which a stored strategy goes; raises InvalidValue."""
    assert strategy.kind is StrategyKind.OWN
    if strategy.model not in own:
        there = ", ".join(own) or "none"
        problem = f"{strategy.name} goes by {strategy.model}, which is not installed here ({there})"
        raise InvalidValue(field="strategy", problem=problem)
    return strategy.model


async def _all(works: Works) -> AsyncIterator[Strategy]:
    after: UUID | None = None
    while True:
        page = await works.everywhere(STRATEGIES, limit=STRATEGIES_MAX, after=after)
        for one in page:
            yield one
        if len(page) < STRATEGIES_MAX:
            return
        after = page[-1].id


@asynccontextmanager
async def _works() -> AsyncIterator[Works]:
    settings: Settings = load_settings(environment=os.environ, overrides={}).settings
    # What is printed is for programs too: logs go to standard error, and only bad news.
    configure_logging(replace(settings.log, level="warning"))
    async with reached_database(settings) as url:
        if await pending(url):
            raise Unmigrated("the database is of an earlier release: run `ballast migrate`")
        given = replace(settings, profile="cluster", database_url=url)
        storage = build_postgres(settings=given, system=build_system())
        await storage.server.start()
        try:
            yield storage.works
        finally:
            await storage.server.stop()


def _id_of(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None
