"""Send an answer that is encoded already."""

from collections.abc import Mapping
from typing import Any

from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from adapters.http.problem_kinds import MEDIA_TYPE

_BODILESS = frozenset({204, 304})
_MEDIA = {name: (b"content-type", name.encode()) for name in ("application/json", MEDIA_TYPE)}


class EncodedAnswer(ASGIResponse):
    """Encoded bytes with their status and headers, as they go out.

    The framework's class under it makes headers of text and back, which costs as much as
    reading the request; all it and we look at is that this is an ASGI application.
    """

    __slots__ = ("_pairs",)

    def __init__(
        self, *, body: bytes, status_code: int, media_type: str, headers: Mapping[str, str] | None
    ) -> None:
        self.body = body
        self.status_code = status_code
        pairs: list[tuple[bytes, bytes]] = []
        if headers:
            pairs += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        if status_code not in _BODILESS:
            pairs.append(_MEDIA.get(media_type) or _content_type(media_type))
            pairs.append((b"content-length", b"%d" % len(body)))
        self._pairs = pairs

    @property
    def pairs(self) -> list[tuple[bytes, bytes]]:
        """Its own headers, as they go out."""
        return self._pairs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        start: Any = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self._pairs,
        }
        await send(start)
        end: Any = {"type": "http.response.body", "body": self.body, "more_body": False}
        await send(end)


def _content_type(media_type: str) -> tuple[bytes, bytes]:
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    return b"content-type", f"{media_type}{charset}".encode()
