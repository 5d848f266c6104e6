"""Check the audit trail of an installation, hand it out, and tell its anchor of a restore."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from adapters.postgres.audit.reading import (
    TrailCheck,
    check_trail,
    counted_anchors,
    heads_of,
    key_ids,
)
from adapters.postgres.audit.sealing import PostgresAuditSealing
from adapters.postgres.audit.trail import PostgresAuditTrail
from adapters.postgres.backup.verifying import snapshot
from adapters.postgres.link.database import Database, DatabaseLimits
from adapters.security.anchor_file import AnchorFile, anchored_lines
from application.audit.record import Recorder
from application.audit.seal_trail import SealTrail
from bootstrap.audit.keys import anchor_folder, kept_keys, key_reader
from bootstrap.backup.installation import must_be_current, reached_database
from bootstrap.settings.sections import Settings
from bootstrap.system import build_system
from domain.audit.anchoring import AnchorKind, AnchorRecord, Anchors, Gap, GapKind
from domain.audit.chain import Head
from domain.audit.entry import NOBODY
from domain.audit.macs import START, AuditKeys
from ports.audit import AnchorTarget


class NoKeys(Exception):
    """The keys that prove the trail are not here; the message says where they belong."""


class NothingLost(Exception):
    """No anchor is missing at the end; the message says what to do with others."""


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
    target = AnchorFile(folder=anchor_folder(settings), read_keys=lambda: keys)
    async with reached_database(settings) as url:
        await must_be_current(url)
        async with snapshot(url) as connection:
            counted = await counted_anchors(connection, keys=keys) or 0
        there = await target.count()
        if there >= counted:
            raise NothingLost(
                f"{counted} heads were anchored, and the last of {target.name} is {there}: none is"
                " missing at its end. What is wrong before the end stays wrong; stop the servers,"
                " move the file aside and come again"
            )
        gap = Gap(kind=GapKind.GIVEN_UP, first=there + 1, last=counted, at=system.clock.now())
        database = Database(limits=DatabaseLimits(pool_size_min=1, pool_size_max=1))
        database.audit_key = keys.current
        await database.start(url=url, requests_url=settings.database_app_url, bound=False)
        try:
            record = Recorder(
                trail=PostgresAuditTrail(database=database), clock=system.clock, ids=system.ids
            )
            detail = (("first", str(gap.first)), ("last", str(gap.last)))
            await record(
                tenant_id=NOBODY,
                actor="ballast audit",
                action="audit.give_up_anchors",
                subject=target.name,
                detail=detail,
            )
        finally:
            await database.stop()
        await target.give_up(gap)
    return gap


async def settle_chain(settings: Settings, *, url: str) -> None:
    """Let the chains of a restored database go on, and anchor from where.

    What was anchored behind their heads is gone with the time since the back-up. Where keys
    are missing the restore vouches for what it found: nothing else can.
    """
    system, read_keys = build_system(), key_reader(settings)
    target = AnchorFile(folder=anchor_folder(settings), read_keys=read_keys)
    database = Database()
    database.audit_key = read_keys().current
    await _set_back(settings, url=url, target=target, at=system.clock.now())
    await database.start(url=url, requests_url=settings.database_app_url, bound=False)
    try:
        sealing = PostgresAuditSealing(database=database)
        # What the back-up says of its time's anchor holds for another than the one that is here.
        await sealing.count_anchored(await target.count(), keys=read_keys())
        seal = SealTrail(
            sealing=sealing,
            anchors=[target],
            read_keys=read_keys,
            clock=system.clock,
            sleeper=system.sleeper,
        )
        await seal.begin()
        # What the back-up's moment caught between an entry and its link.
        while await seal.drain():
            pass
    finally:
        await database.stop()
    async with snapshot(url) as connection:
        signed_under, heads = await key_ids(connection), await heads_of(connection)
    if signed_under - read_keys().by_id.keys():
        await target.append([_restored(head, at=system.clock.now()) for head in heads])


async def _set_back(settings: Settings, *, url: str, target: AnchorTarget, at: datetime) -> None:
    anchors = await asyncio.to_thread(read_anchors, settings)
    async with snapshot(url) as connection:
        heads = {head.tenant_id: head for head in await heads_of(connection)}
    records = [
        _restored(heads.get(tenant_id) or Head(tenant_id=tenant_id, position=0, link=START), at=at)
        for tenant_id, kept in anchors.heads.items()
        if kept and (tenant_id not in heads or kept[-1].position > heads[tenant_id].position)
    ]
    if records:
        await target.append(records)


def _restored(head: Head, *, at: datetime) -> AnchorRecord:
    return AnchorRecord(kind=AnchorKind.RESTORED, head=head, at=at)
