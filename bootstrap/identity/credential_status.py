"""Build what remembers who may come in, and follows what changes that."""

from dataclasses import dataclass

from adapters.memory.streams import MemoryWakeup
from application.identity.authenticate import Authenticate
from application.identity.follow_changes import FollowChanges
from application.identity.producers import Producers
from application.identity.rights import Rights
from bootstrap.identity import access as access_area
from bootstrap.storage import Storage
from bootstrap.system import System
from ports.identity import AccessTokens
from ports.streams import Wakeup


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialStatusParts:
    """What remembers who may come in, and what keeps that true: `follow.run` until cancelled.

    told is the hint that a use case gives when the feed may have something new.
    """

    rights: Rights
    authenticate: Authenticate
    producers: Producers
    follow: FollowChanges
    told: Wakeup


def build_credential_status(
    *, storage: Storage, system: System, tokens: AccessTokens
) -> CredentialStatusParts:
    """Build what knows who may come in, and follows the feed of what changes that."""
    # Where processes share a database its own notifications say that the feed has more.
    shared = storage.shared
    wakeup: Wakeup = shared.wakeups.wakeup("identity") if shared else MemoryWakeup()
    follow = FollowChanges(
        feed=storage.identity_feed,
        clock=system.clock,
        sleeper=system.sleeper,
        wakeup=wakeup,
        subscribers=[],
    )
    current = follow.is_current
    rights = access_area.build_rights(storage=storage, system=system, is_current=current)
    authenticate = Authenticate(
        tokens=tokens,
        credential_status=storage.credential_status,
        rights=rights,
        is_current=current,
    )
    producers = Producers(credential_status=storage.credential_status, is_current=current)
    for subscriber in (rights, authenticate, producers):
        follow.subscribe(subscriber)
    return CredentialStatusParts(
        rights=rights,
        authenticate=authenticate,
        producers=producers,
        follow=follow,
        told=MemoryWakeup() if shared else wakeup,
    )
