"""Answer HEAD as GET is answered, without the body (RFC 9110, 9.3.2)."""

from typing import Any

from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

HEAD = "HEAD"
# What the router says of a request.
_TEMPLATE = "path_template"


class Heads:
    """Asks the routes for GET where HEAD came in: each may do what its GET may."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        asked: Any = scope
        if asked.get("method") != HEAD:
            await self._app(scope, receive, send)
            return
        # A copy: the server looks at its own to know that no body goes out.
        inside: Any = {**asked, "method": "GET"}
        try:
            await self._app(inside, receive, send)
        finally:
            if _TEMPLATE in inside:
                asked[_TEMPLATE] = inside[_TEMPLATE]


def without_body(scope: HTTPScope, send: Send) -> Send:
    """Return what sends a request's answer: of one to HEAD the line and headers alone.

    Content-Length stays what it would be for GET.
    """
    if scope["method"] != HEAD:
        return send

    async def bare(message: Message) -> None:
        if message["type"] == "http.response.body":
            empty: Any = {"type": message["type"], "body": b"", "more_body": False}
            if message.get("more_body", False):
                return
            message = empty
        await send(message)

    return bare


def methods_told(methods: set[str]) -> list[str]:
    """Return the methods of a route as they are told: whoever has GET has HEAD."""
    return sorted(methods | {HEAD} if "GET" in methods else methods)
