"""Route where people are reached."""

from typing import Annotated

from litestar import delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from adapters.http.documented import described
from adapters.http.idempotency import once, one_s_own
from adapters.http.notifications.asking import by_of
from adapters.http.notifications.schemas import (
    ChannelBody,
    ChannelList,
    ChannelView,
    TestedView,
    asked_view,
    channel_view,
    tested_view,
)
from adapters.http.reading import decoder_of
from adapters.http.wire import Answer, HttpRequest, PathId, answer, body_of, decode, encode
from application.notifications.keep_channels import KeepChannels
from domain.identity.access import Permission
from domain.notifications.message import Channel
from domain.shared.values import InvalidValue
from ports.idempotency import IdempotencyKeys

CHANNEL = {"channel": "EMAIL", "address": "owner@example.com"}
_CHANNEL = decoder_of(ChannelBody)
_OWN = Permission.NOTIFICATIONS_SELF
OfChannel = Annotated[Channel, QueryParameter(description="Of which channel.")]


def channel_routes(channels: KeepChannels, *, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    """Return the routes under /channels."""

    @get(
        "/channels",
        **described(
            "List one's addresses, and which channels this installation has",
            permission=_OWN,
            answers={200: ChannelList},
        ),
    )
    async def list_channels(request: HttpRequest) -> Answer:
        found = await channels.list(by=by_of(request))
        there = [one for one in Channel if one in channels.context.senders]
        return answer(ChannelList([channel_view(one) for one in found], there))

    @put(
        "/channels",
        **described(
            "Give an address, to which a code is sent; or give that code, to take it into use",
            permission=_OWN,
            body=ChannelBody,
            answers={200: ChannelView},
            problems=(404, 409),
            example=CHANNEL,
        ),
    )
    async def keep_channel(request: HttpRequest) -> Answer:
        said, by = decode(await body_of(request), decoder=_CHANNEL), by_of(request)
        if (said.address is None) is (said.code is None):
            problem = "must be given without code, or left out beside it: one of the two"
            raise InvalidValue(field="address", problem=problem)
        if said.address is not None:
            asked = await channels.ask(said.channel, address=said.address, by=by)
            return answer(asked_view(asked))
        return answer(
            channel_view(await channels.confirm(said.channel, code=said.code or "", by=by))
        )

    @delete(
        "/channels",
        **described(
            "Forget the address of a channel",
            permission=_OWN,
            answers={204: None},
            problems=(400, 404),
        ),
    )
    async def remove_channel(request: HttpRequest, channel: OfChannel) -> None:
        await channels.remove(channel, by=by_of(request))

    @post(
        "/channels/{channel_id:uuid}/test",
        **described(
            "Send a message to a confirmed address now, and say what the provider answered",
            permission=_OWN,
            answers={200: TestedView},
            problems=(404, 409),
            idempotent=True,
        ),
    )
    async def test_channel(request: HttpRequest, channel_id: PathId) -> Answer:
        async def work() -> tuple[int, bytes]:
            return 200, encode(tested_view(await channels.test(channel_id, by=by_of(request))))

        return await once(request, keys=keys, body=one_s_own(request), work=work)

    return [list_channels, keep_channel, remove_channel, test_channel]
