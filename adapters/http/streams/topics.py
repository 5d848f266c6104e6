"""Say which stream a message means."""

from uuid import UUID

from adapters.http.problems import absent, unfit
from adapters.http.streams.hub import Topic
from adapters.http.streams.messages import CHANNELS, Subscribe, Unsubscribe
from application.streams.channels import ChannelScope, StreamChannel
from domain.shared.notices import own_channel

_WHOSE = {one.value: one.whose for one in StreamChannel}


def topic_of(message: Subscribe | Unsubscribe, *, tenant_id: UUID, user_id: UUID) -> Topic:
    """Return the stream of one account, of the tenant or of who asks; raises the problem of none.

    The tenant's own are kill_switch, streams, agents, and risk without an account, which
    tells of its rules.
    """
    if message.channel not in CHANNELS:
        raise absent(f"no such channel; there are {', '.join(CHANNELS)}")
    whose = _WHOSE.get(message.channel, ChannelScope.TENANT)
    if whose in (ChannelScope.TENANT, ChannelScope.USER) and message.account_id is not None:
        raise unfit("/account_id", f"does not belong to the channel {message.channel}")
    if whose is ChannelScope.USER:
        # Nobody can name another user: it is who the token says.
        return (tenant_id, None, own_channel(message.channel, user_id=user_id))
    if whose is ChannelScope.ACCOUNT and message.account_id is None:
        raise unfit("/account_id", f"is required for the channel {message.channel}")
    return (tenant_id, message.account_id, message.channel)
