"""Check the audit trail of an installation, hand it out, and tell its anchor of a restore."""

import asyncio
from dataclasses import dataclass

from adapters.postgres.audit.reading import (
    TrailCheck,
    check_trail,
    counted_anchors,
    heads_of,
    key_ids,
)
from adapters.postgres.audit.sealing import PostgresAuditSealing
from adapters.postgres.backup.verifying import snapshot
from adapters.postgres.link.database import DatabaseLimits
from adapters.security.anchor_file import AnchorFile, anchored_lines
from application.audit.give_up_anchors import GiveUpAnchors
from application.audit.seal_trail import SealTrail
from application.audit.settle_restored import SettleRestored
from bootstrap.audit.keys import anchor_folder, kept_keys, key_reader
from bootstrap.audit.operator_trail import recorder_over, writing
from bootstrap.backup.installation import must_be_current, reached_database
from bootstrap.settings.sections import Settings
from bootstrap.system import build_system
from domain.audit.anchoring import Anchors, Gap
from domain.audit.macs import AuditKeys


class NoKeys(Exception):
    """The keys that prove the trail are not here; the message says where they belong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailChecked:
    """What a check found, and what it was held against."""

    checked: TrailCheck
    anchors: Anchors


def keys_of(settings: Settings) -> AuditKeys:
    """Return the keys; raises NoKeys."""
    keys = kept_keys(settings)
    if keys is None:
        raise NoKeys(
            "the audit keys are not here: put keys/audit.keys back into the data folder, or set"
            " audit.keys"
        )
    return keys


def read_anchors(settings: Settings) -> Anchors:
    """Return what was anchored, as far as the keys that are here can read it."""
    keys = kept_keys(settings)
    if keys is None:
        return Anchors()
    return Anchors().take_all(anchored_lines(anchor_folder(settings)), keys=keys)


async def held_anchors(settings: Settings, *, url: str) -> Anchors:
    """Return what was anchored, held against how much the database says that was."""
    keys = kept_keys(settings)
    if keys is None:
        return Anchors()
    async with snapshot(url) as connection:
        counted = await counted_anchors(connection, keys=keys)
    anchors = await asyncio.to_thread(read_anchors, settings)
    anchors.hold_against(counted)
    return anchors


async def check(settings: Settings, *, since: int) -> TrailChecked:
    """Check every chain from a place on; raises NoDatabase, NoKeys, StorageUnavailable."""
    keys = keys_of(settings)
    async with reached_database(settings) as url:
        await must_be_current(url)
        anchors = await held_anchors(settings, url=url)
        async with snapshot(url) as connection:
            checked = await check_trail(connection, keys=keys, anchors=anchors, since=since)
    return TrailChecked(checked=checked, anchors=anchors)


async def give_up_anchors(settings: Settings) -> Gap:
    """Keep that the last anchors are lost, in the anchor and in the trail; returns which.

    Raises NothingLost where all are there, NoDatabase, NoKeys, AnchorUnavailable.
    """
    keys, system = keys_of(settings), build_system()
    async with reached_database(settings) as url:
        await must_be_current(url)
        async with snapshot(url) as connection:
            counted = await counted_anchors(connection, keys=keys) or 0
        async with writing(settings, url=url, key=keys.current) as database:
            give_up = GiveUpAnchors(
                target=AnchorFile(folder=anchor_folder(settings), read_keys=lambda: keys),
                record=recorder_over(database, system=system),
                clock=system.clock,
            )
            return await give_up(counted=counted)


async def settle_chain(settings: Settings, *, url: str) -> None:
    """Let the chains of a restored database go on, and anchor from where."""
    system, read_keys = build_system(), key_reader(settings)
    target = AnchorFile(folder=anchor_folder(settings), read_keys=read_keys)
    anchors = await asyncio.to_thread(read_anchors, settings)
    async with snapshot(url) as connection:
        heads = await heads_of(connection)
    key, many = read_keys().current, DatabaseLimits()
    async with writing(settings, url=url, key=key, limits=many) as database:
        settle = SettleRestored(
            seal=SealTrail(
                sealing=PostgresAuditSealing(database=database),
                anchors=[target],
                read_keys=read_keys,
                clock=system.clock,
                sleeper=system.sleeper,
            ),
            target=target,
            clock=system.clock,
        )
        await settle.set_back(anchors, heads=heads)
        await settle.go_on()
    async with snapshot(url) as connection:
        signed_under, heads = await key_ids(connection), await heads_of(connection)
    await settle.vouch(heads, signed_under=signed_under)
