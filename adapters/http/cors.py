"""Let browsers of the allowed origins call, and no others."""

from collections.abc import Sequence
from urllib.parse import urlsplit

Headers = tuple[tuple[bytes, bytes], ...]

_METHODS = b"GET, POST, PUT, PATCH, DELETE"
_SENT = b"Authorization, Content-Type, Idempotency-Key, If-Match, Traceparent, X-Request-Id"
_SHOWN = (
    b"ETag, Idempotency-Replayed, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate,"
    b" X-Request-Id, X-Trace-Id"
)
_KEPT_S = b"600"


class AllowedOrigins:
    """The literal origins that pages may call from."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._origins = frozenset(origin.encode() for origin in origins)

    def answers(self, origin: bytes | None) -> Headers:
        """Return the headers that let a page of an allowed origin read the answer."""
        if origin is None or origin not in self._origins:
            return ()
        return (
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", _SHOWN),
            (b"vary", b"Origin"),
        )

    def preflight(self, headers: dict[bytes, bytes]) -> Headers | None:
        """Return what a preflight's answer has beyond any answer's, None for no preflight."""
        if (
            not self.answers(headers.get(b"origin"))
            or b"access-control-request-method" not in headers
        ):
            return None
        return (
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-allow-headers", _SENT),
            (b"access-control-max-age", _KEPT_S),
        )

    def may_connect(self, headers: dict[bytes, bytes], *, secure: bool) -> bool:
        """Tell whether a WebSocket may come from there: no browser, our own page, or allowed.

        A browser always sends Origin, and cannot be made to send another one.
        secure: the handshake came over TLS, and so must our own page.
        """
        origin = headers.get(b"origin")
        if origin is None or origin in self._origins:
            return True
        try:
            page = urlsplit(origin.decode("latin-1"))
        except ValueError:
            return False
        if not page.netloc or (secure and page.scheme != "https"):
            return False
        return page.netloc.encode("latin-1") == headers.get(b"host")
