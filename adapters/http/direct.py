"""Answer the busiest route without the framework's routing: same handler, same answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from litestar import Litestar, Request
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send

from adapters.http.permissions import admit, permission_of
from adapters.http.wire import Answer
from domain.identity.access import Permission

AnyRequest = Request[Any, Any, Any]
Handle = Callable[[AnyRequest], Awaitable[Answer]]
AnswerError = Callable[[AnyRequest, Exception], Answer]


@dataclass(frozen=True, slots=True)
class _DirectRequest:
    """What such a handler looks at of a request; the framework's own keeps far more ready."""

    scope: Scope
    receive: Receive


class Direct:
    """Calls the handler of one fixed path itself; everything else goes to the framework.

    The framework knows the route too, for the documentation and for other methods. The
    handler takes the request alone, looks only at its scope and body, and answers with
    encoded bytes.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        path: str,
        handler: HTTPRouteHandler,
        answer_error: AnswerError,
    ) -> None:
        self._app = app
        self._path = path
        self._handle: Handle = handler.fn
        # The guard is the framework's to call, which is passed by here.
        self._permission = _asked(handler)
        self._answer_error = answer_error

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
        request: Any = _DirectRequest(scope, receive)
        try:
            admit(scope["state"], permission=self._permission)
            response = await self._handle(request)
        # Whatever it is, the same answer as behind the framework.
        except Exception as error:  # noqa: BLE001
            response = self._answer_error(request, error)
        await response(scope, receive, send)


def handler_of_post(app: Litestar, *, path: str) -> HTTPRouteHandler:
    """Return what the application has for a POST of the path; ValueError without one."""
    for route in app.routes:
        if isinstance(route, HTTPRoute) and route.path == path:
            found = route.route_handler_map.get("POST")
            if found is not None:
                return found[0]
    raise ValueError(f"no route answers POST {path}")


def _asked(handler: HTTPRouteHandler) -> Permission:
    permission = permission_of(handler)
    if permission is None:
        raise ValueError(f"{handler} is open to everyone: the busiest route must not be")
    return permission
