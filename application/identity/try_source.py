"""Tell from where a proof comes, and keep on which device one was shown."""

from datetime import datetime
from uuid import UUID

from application.identity.deps import Asking
from domain.identity.guessing import TrySource
from domain.identity.one_time import LENGTH_MAX, digest_of
from domain.identity.session import Device, Visitor
from domain.identity.tenant import User
from ports.identity_scope import IdentityScope


async def source_of_token(
    scope: IdentityScope, user: User, *, visitor: Visitor, token: str | None
) -> TrySource:
    """Return where a log-in's proof comes from; token is the device's, as far as it was sent."""
    device = await device_of_token(scope, user, token=token)
    return _source(user, visitor=visitor, device=device)


async def device_of_token(scope: IdentityScope, user: User, *, token: str | None) -> Device | None:
    """Return the user's device of that token; None for no token, or one of nobody or another's."""
    if token is None or len(token) > LENGTH_MAX:
        return None
    found = await scope.devices.find(digest_of(token))
    return found if found is not None and found.user_id == user.id else None


async def source_of_session(scope: IdentityScope, user: User, *, asking: Asking) -> TrySource:
    """Return where a proof comes from that is shown within a session."""
    device = await _device_of(scope, asking.principal.session_id)
    return _source(user, visitor=asking.visitor, device=device)


async def keep_proven(scope: IdentityScope, user: User, *, asking: Asking, at: datetime) -> None:
    """Keep that a factor was shown on the device of a session."""
    device = await _device_of(scope, asking.principal.session_id)
    if device is not None and device.user_id == user.id:
        network = asking.visitor.network
        await scope.devices.keep(device.proven(at, network=network, tokens_from=user.tokens_from))


def _source(user: User, *, visitor: Visitor, device: Device | None) -> TrySource:
    if device is None or device.user_id != user.id:
        return TrySource(network=visitor.network)
    if not device.is_known(tokens_from=user.tokens_from):
        return TrySource(network=visitor.network)
    at_home = visitor.network in device.homes
    return TrySource(network=visitor.network, device_id=device.id, at_home=at_home)


async def _device_of(scope: IdentityScope, session_id: UUID | None) -> Device | None:
    session = await scope.sessions.get(session_id) if session_id is not None else None
    if session is None or session.device_id is None:
        return None
    return await scope.devices.get(session.device_id)
