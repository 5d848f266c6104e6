"""Check the audit trail of an installation, hand it out, and tell its anchor of a restore."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from adapters.postgres.audit_reading import Checked, check_trail, heads_of
from adapters.postgres.backup.verifying import snapshot
from adapters.postgres.migrations.run import pending
from adapters.security.anchor_file import AnchorFile, anchored_lines
from bootstrap.audit_keys import anchor_folder, kept_keys, key_reader
from bootstrap.backup.reaching import NoDatabase, reached
from bootstrap.settings.sections import Settings
from domain.audit.anchoring import AnchorKind, AnchorRecord, Anchors
from domain.audit.chain import Head
from domain.audit.macs import START, AuditKeys


class NoKeys(Exception):
    """The keys that prove the trail are not here; the message says where they belong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailChecked:
    """What a check found, and what it was held against."""

    checked: Checked
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


async def check(settings: Settings, *, since: int) -> TrailChecked:
    """Check every chain from a place on; raises NoDatabase, NoKeys, StorageUnavailable."""
    keys = keys_of(settings)
    async with reached(settings) as url:
        await must_be_current(url)
        anchors = await asyncio.to_thread(read_anchors, settings)
        async with snapshot(url) as connection:
            checked = await check_trail(connection, keys=keys, anchors=anchors, since=since)
    return TrailChecked(checked=checked, anchors=anchors)


async def must_be_current(url: str) -> None:
    """Raise NoDatabase for a database that this code's tables are not in."""
    missing = await pending(url)
    if missing:
        raise NoDatabase(
            f"the database lacks the revisions {', '.join(missing)}: run `ballast migrate`"
        )


async def tell_anchor(settings: Settings, *, url: str, at: datetime) -> None:
    """Anchor that chains were set back by a restore, where they had been anchored further on."""
    anchors = await asyncio.to_thread(read_anchors, settings)
    async with snapshot(url) as connection:
        heads = {head.tenant_id: head for head in await heads_of(connection)}
    records = [
        AnchorRecord(
            kind=AnchorKind.RESTORED,
            head=heads.get(tenant_id) or Head(tenant_id=tenant_id, position=0, link=START),
            at=at,
        )
        for tenant_id, kept in anchors.heads.items()
        if kept and (tenant_id not in heads or kept[-1].position > heads[tenant_id].position)
    ]
    if records:
        target = AnchorFile(folder=anchor_folder(settings), read_keys=key_reader(settings))
        await target.append(records)
