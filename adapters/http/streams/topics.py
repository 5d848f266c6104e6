"""Say which stream a message means."""

from uuid import UUID

from adapters.http.problems import absent, unfit
from adapters.http.streams.hub import Topic
from adapters.http.streams.messages import CHANNELS, Subscribe, Unsubscribe
from application.streams.facade import OF_USER, StreamChannel
from domain.shared.notices import own_channel

_OF_TENANT_ONLY = (
    StreamChannel.KILL_SWITCH,
    StreamChannel.STREAMS,
    StreamChannel.AGENTS,
    StreamChannel.SECRETS,
)


def topic_of(message: Subscribe | Unsubscribe, *, tenant_id: UUID, user_id: UUID) -> Topic:
    """Return the stream of one account, of the tenant or of who asks; raises the problem of none.

    The tenant's own are kill_switch, streams, agents, and risk without an account, which
    tells of its rules.
    """
    if message.channel not in CHANNELS:
        raise absent(f"no such channel; there are {', '.join(CHANNELS)}")
    if message.channel in OF_USER or message.channel in _OF_TENANT_ONLY:
        if message.account_id is not None:
            raise unfit("/account_id", f"does not belong to the channel {message.channel}")
        if message.channel in OF_USER:
            # Nobody can name another user: it is who the token says.
            return (tenant_id, None, own_channel(message.channel, user_id=user_id))
    elif message.account_id is None and message.channel != StreamChannel.RISK:
        raise unfit("/account_id", f"is required for the channel {message.channel}")
    return (tenant_id, message.account_id, message.channel)
