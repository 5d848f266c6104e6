"""Keep refresh and device tokens in cookies that no script reads, for our own pages alone.

This is the only place that looks at a cookie or sets one, and only routes under /api/v1/auth/
come here: no cookie lets anybody do anything but get a new access token.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from litestar.datastructures import Cookie

from adapters.http.cors import AllowedOrigins
from adapters.http.problem_kinds import ORIGIN_REFUSED
from adapters.http.problems import Problem, unfit
from adapters.http.wire import HttpRequest
from application.identity.issued import IssuedRefresh
from ports.time import Clock

Keep = Literal["cookie"] | None
Cookies = tuple[Cookie, ...]
_Pairs = Sequence[tuple[bytes, bytes]]

_HOST_ONLY = "__Host-"
_REFRESH = "ballast-refresh"
_DEVICE = "ballast-device"
# As our own tokens are written; what is not cannot be one.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
# No page of another origin counts as ours, be it allowed to call.
_OURS = AllowedOrigins(())
# A session that lapses sooner ends with the browser: nobody asked to be kept logged in.
_KEPT_FROM = timedelta(days=1)
# As long as browsers keep any.
_DEVICE_S = 400 * 24 * 3_600
# What pages stored. Not "cookies": that ends the log-ins at servers on other ports too, which
# share our host. Nor "cache": no answer about anyone is kept there.
CLEAR = {"Clear-Site-Data": '"storage"'}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCookies:
    """The cookies of one browser at one of our ports, as they came with a request."""

    port: int
    # Whether the browser takes what is secure here: all but one do, on loopback too.
    secure: bool
    refresh: str | None = field(repr=False)
    device: str | None = field(repr=False)

    def kept(self, issued: IssuedRefresh, *, clock: Clock) -> Cookies:
        """Return the cookies that have new tokens."""
        left = issued.lapses_at - clock.now()
        lasts_s = int(left.total_seconds()) if left > _KEPT_FROM else None
        return (
            self._cookie(_REFRESH, issued.token, lasts_s=lasts_s),
            self._cookie(_DEVICE, issued.device_token, lasts_s=_DEVICE_S),
        )

    def cleared(self) -> Cookies:
        """Return the cookies that take their place when the browser is to forget them."""
        return self._cookie(_REFRESH, "", lasts_s=0), self._cookie(_DEVICE, "", lasts_s=0)

    def _cookie(self, name: str, value: str, *, lasts_s: int | None) -> Cookie:
        return Cookie(
            key=_named(name, port=self.port, secure=self.secure),
            value=value,
            path="/",
            max_age=lasts_s,
            httponly=True,
            secure=self.secure,
            samesite="strict",
        )


def cookies_for(keep: Keep, request: HttpRequest) -> TokenCookies | None:
    """Return the cookies of a request that asks for them, None of any other.

    Raises the problem of one that does not come from a page of ours.
    """
    if keep is None:
        return None
    found = cookies_of_page(request)
    if found is None:
        raise Problem(
            kind=ORIGIN_REFUSED,
            detail="tokens are kept in cookies for pages of this server alone, over TLS or on the"
            " server's own machine",
        )
    return found


def cookies_of_page(request: HttpRequest) -> TokenCookies | None:
    """Return the cookies of a request from a page of ours, None when it is from elsewhere."""
    headers = tuple(request.scope["headers"])
    host = _only(headers, b"host")
    origin = _only(headers, b"origin")
    tls = request.scope["scheme"] == "https"
    place = _place(host) if host is not None else None
    if host is None or place is None:
        return None
    if not _is_own_page(headers, host=host, origin=origin, tls=tls):
        return None
    name, port = place
    here = _is_loopback(name)
    # A proxy of which we were not told may have taken the TLS off.
    if not (tls or here or (origin or "").startswith("https:")):
        return None
    agent = _only(headers, b"user-agent") or ""
    # Of all browsers, those of WebKit keep nothing secure that came without TLS.
    refuses = "AppleWebKit/" in agent and "Chrome/" not in agent
    secure = tls or not here or not refuses or origin != f"http://{host}"
    port = port or (443 if tls else 80)
    found = _cookies(headers)
    return TokenCookies(
        port=port,
        secure=secure,
        refresh=found.get(_named(_REFRESH, port=port, secure=secure)),
        device=found.get(_named(_DEVICE, port=port, secure=secure)),
    )


def device_told(told: str | None, *, cookies: TokenCookies | None) -> str | None:
    """Return the device token that came with a log-in; raises the problem of one in both."""
    if cookies is None:
        return told
    if told is not None:
        raise in_cookie("device_token")
    return cookies.device


def in_cookie(name: str) -> Problem:
    """Return the problem of a token in the body that should travel in its cookie."""
    return unfit(f"/{name}", "travels in its cookie when keep is cookie")


def _is_own_page(headers: _Pairs, *, host: str, origin: str | None, tls: bool) -> bool:
    """Tell whether a page of our own sent it, as the browser says and no page can."""
    sites = [value for name, value in headers if name == b"sec-fetch-site"]
    if sites:
        return sites == [b"same-origin"]
    if origin is None:
        return False
    # Browsers that are old, and all of them where there is no TLS, tell the origin alone.
    told = {b"origin": origin.encode("latin-1"), b"host": host.encode("latin-1")}
    return _OURS.may_connect(told, secure=tls)


def _place(host: str) -> tuple[str, int | None] | None:
    """Take a Host header apart, None for one that no page can come from."""
    try:
        found = urlsplit(f"//{host}")
        return (found.hostname or "").rstrip("."), found.port
    except ValueError:
        return None


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def _named(name: str, *, port: int, secure: bool) -> str:
    """Name a cookie by the port: cookies know none, and servers on one host share them."""
    return f"{_HOST_ONLY if secure else ''}{name}-{port}"


def _cookies(headers: _Pairs) -> dict[str, str]:
    """Return the cookies that can be tokens; which of two is meant is not guessed."""
    pairs = [
        one.strip(" \t").partition("=")
        for name, value in headers
        if name == b"cookie"
        for one in value.decode("latin-1").split(";")
    ]
    times = Counter(name for name, _, _ in pairs)
    return {name: value for name, _, value in pairs if times[name] == 1 and _TOKEN.fullmatch(value)}


def _only(headers: _Pairs, wanted: bytes) -> str | None:
    """Return a header that came once, None when it is missing or came twice."""
    found = [value for name, value in headers if name == wanted]
    return found[0].decode("latin-1") if len(found) == 1 else None
