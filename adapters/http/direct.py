"""Answer the busiest route without the framework's routing: same handler, same answers."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Litestar, Request
from litestar.enums import ScopeType
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send

from adapters.http.problems import too_large
from adapters.http.wire import Answer

AnyRequest = Request[Any, Any, Any]
Handle = Callable[[AnyRequest], Awaitable[Answer]]
AnswerError = Callable[[AnyRequest, Exception], Answer]


class _Whole(Request[Any, Any, Any]):
    """A request whose body is read in one go."""

    bytes_max: int

    async def body(self) -> bytes:
        """Return the body; raises the problem of one over the limit."""
        message = await self.receive()
        if message["type"] == "http.request" and not message["more_body"]:
            return self._within(message["body"])
        chunks: list[bytes] = []
        size = 0
        while True:
            if message["type"] != "http.request":
                raise ClientGone
            chunks.append(message["body"])
            size += len(chunks[-1])
            if size > self.bytes_max:
                raise too_large(self.bytes_max)
            if not message["more_body"]:
                return b"".join(chunks)
            message = await self.receive()

    def _within(self, body: bytes) -> bytes:
        if len(body) > self.bytes_max:
            raise too_large(self.bytes_max)
        return body


class ClientGone(Exception):
    """The client hung up before its request was whole: there is nobody to answer."""


class Direct:
    """Calls the handler of one fixed path itself; everything else goes to the framework.

    The framework knows the route too, for the documentation and for other methods. The
    handler takes the request alone and answers with encoded bytes.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        path: str,
        handle: Handle,
        answer_error: AnswerError,
        body_max: int,
    ) -> None:
        self._app = app
        self._path = path
        self._handle = handle
        self._answer_error = answer_error
        self._body_max = body_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if (
            scope["path"] != self._path
            or scope["type"] != ScopeType.HTTP
            or scope["method"] != "POST"
        ):
            await self._app(scope, receive, send)
            return
        scope["path_template"] = self._path
        request = _Whole(scope, receive, send)
        request.bytes_max = self._body_max
        try:
            response = await self._handle(request)
        except ClientGone:
            return
        # Whatever it is, the same answer as behind the framework.
        except Exception as error:  # noqa: BLE001
            response = self._answer_error(request, error)
        await response(scope, receive, send)


def handler_of_post(app: Litestar, *, path: str) -> Handle:
    """Return what the application calls for a POST of the path; ValueError without one."""
    for route in app.routes:
        if isinstance(route, HTTPRoute) and route.path == path:
            found = route.route_handler_map.get("POST")
            if found is not None:
                handle: Handle = found[0].fn
                return handle
    raise ValueError(f"no route answers POST {path}")
