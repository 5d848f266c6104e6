"""Say who may follow which channel, and what they see of the tenant's own."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from uuid import UUID

from adapters.http.permissions import not_allowed
from adapters.http.streams.messages import QUOTES
from application.streams.channels import StreamChannel
from application.streams.facade import ChannelNotFound
from domain.identity.access import Access, Permission
from domain.shared.notices import Notice

Sees = Callable[[Notice], bool]

CHANNEL_PERMISSIONS: Mapping[str, Permission] = MappingProxyType(
    # Of notices one's own only: the topic names its user (topics.py).
    {one.value: one.permission for one in StreamChannel} | {QUOTES: Permission.MARKET_READ}
)


def permit(channel: str, *, account_id: UUID | None, access: Access) -> None:
    """Raise the problem of a channel that may not be followed.

    An account that was not granted is as good as none.
    """
    permission = CHANNEL_PERMISSIONS[channel]
    if access.may(permission) and not access.sees(account_id):
        raise ChannelNotFound(f"{channel} of account {account_id}")
    if not access.may_on(permission, account_id=account_id):
        raise not_allowed(permission, account_id=account_id)


def may_follow(channel: str, *, account_id: UUID | None, access: Access) -> bool:
    """Tell whether a channel may be followed."""
    return access.may_on(CHANNEL_PERMISSIONS[channel], account_id=account_id)


def may_see(notice: Notice, *, access: Access) -> bool:
    """Tell whether a notice of the tenant is about nothing, or about an account that is seen."""
    # An agent's or latch's account, or the one that a rule is for.
    about = notice.body.get("account_id") or notice.body.get("scope.account_id")
    return not about or access.accounts is None or UUID(about) in access.accounts
