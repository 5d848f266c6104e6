"""Show tokens on the wire, and read who asks for one."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from adapters.http.wire import PRINTABLE, moment
from application.identity.login import IssuedToken
from ports.time import Clock


class LoginBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Who asks; neither value is ever logged or stored."""

    email: Annotated[str, Meta(min_length=3, max_length=254, pattern=PRINTABLE)]
    # RFC 9106's input has no low bound of its own; the high one bounds the hash's work.
    password: Annotated[str, Meta(min_length=1, max_length=1_024)]


class TokenView(msgspec.Struct):
    """An access token (RFC 6750); expires_in is in seconds."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    expires_at: str


def token_view(issued: IssuedToken, *, clock: Clock) -> TokenView:
    """Show a token to who asked for it."""
    left = (issued.expires_at - clock.now()).total_seconds()
    return TokenView(
        access_token=issued.token,
        token_type="Bearer",
        expires_in=max(0, int(left)),
        expires_at=moment(issued.expires_at),
    )
