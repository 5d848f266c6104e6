"""Follow every WebSocket channel as everyone, for each account there is."""

from typing import Any

from adapters.http.streams.authority import CHANNEL_PERMISSIONS
from adapters.http.streams.messages import CHANNELS, QUOTES
from application.streams.channels import ChannelScope, StreamChannel
from tests.matrix.routes import Swept
from tests.matrix.world import Actor, Place, World
from tests.unit.adapters.http.streams.socket import Socket, connected

OF_ACCOUNT = frozenset({"orders", "fills", "positions", "risk"})
OF_TENANT = {
    one.value for one in StreamChannel if one.whose in (ChannelScope.TENANT, ChannelScope.BOTH)
} | {QUOTES}
# Everyone's own: nobody can name another's.
OF_USER = frozenset({"notices", "notifications"})


async def sweep_channels(world: World) -> Swept:
    """Try them all."""
    swept = Swept()
    known = {*(channel.value for channel in StreamChannel), QUOTES}
    for channel in sorted(known | set(CHANNELS)):
        if channel not in OF_ACCOUNT | OF_TENANT | OF_USER or channel not in CHANNEL_PERMISSIONS:
            swept.wrongs.append(f"channel {channel} has no case")
    swept.routes = len(CHANNELS)
    for actor in world.actors.values():
        headers = {"Authorization": f"Bearer {actor.token}"}
        async with connected(world.context.app, headers=headers) as socket:
            for channel in CHANNELS:
                for place in _places(channel):
                    await _follow(world, swept, socket, actor, channel=channel, place=place)
    return swept


def _places(channel: str) -> list[Place | None]:
    places: list[Place | None] = [None] if channel in OF_TENANT | OF_USER else []
    return [*places, *(Place if channel in OF_ACCOUNT else ())]


async def _follow(
    world: World, swept: Swept, socket: Socket, actor: Actor, *, channel: str, place: Place | None
) -> None:
    said: dict[str, Any] = {"op": "subscribe", "channel": channel, "id": "x"}
    if place is not None:
        said["account_id"] = await world.thing("account", place, actor=actor)
    swept.tried += 1
    socket.say(**said)
    frame = await socket.next()
    while frame.get("id") != "x":
        frame = await socket.next()
    where = f"{channel} of {place.name if place else 'the tenant'} as {actor.name}"
    permission, access = CHANNEL_PERMISSIONS[channel], actor.access
    problem = frame.get("problem", {})
    if permission not in access.permissions:
        swept.refused += 1
        if (problem.get("status"), problem.get("permission")) != (403, permission):
            swept.wrongs.append(f"{where} should be forbidden, said {frame}")
    elif place in (Place.FOREIGN, Place.NOWHERE) or (
        place is not None and not access.sees(world.accounts[place])
    ):
        swept.absent += 1
        if problem.get("status") != 404:
            swept.wrongs.append(f"{where} should be absent, said {frame}")
    elif frame["type"] != "snapshot":
        swept.wrongs.append(f"{where} should be shown, said {frame}")
    else:
        hidden = set(world.foreign_ids)
        if access.accounts is not None:
            hidden |= world.ungranted_ids
        leaked = [one for one in hidden if one in str(frame) and one != said.get("account_id")]
        swept.wrongs += [f"{where} shows {one}" for one in leaked]
        socket.say(op="unsubscribe", **{k: v for k, v in said.items() if k != "op"})
        await socket.next("unsubscribed")
