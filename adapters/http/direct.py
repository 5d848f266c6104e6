"""Answer the busiest routes without the framework's routing: same handlers, same answers."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from litestar import Litestar, Request
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send

from adapters.http.documented import BUSY
from adapters.http.permissions import admit, permission_of
from adapters.http.wire import Answer
from domain.identity.access import Permission

AnyRequest = Request[Any, Any, Any]
Handle = Callable[..., Awaitable[Answer]]
AnswerError = Callable[[AnyRequest, Exception], Answer]
_NAME = "{name:str}"


@dataclass(frozen=True, slots=True)
class _DirectRequest:
    """What such a handler looks at of a request; the framework's own keeps far more ready."""

    scope: Scope
    receive: Receive


@dataclass(frozen=True, slots=True)
class _Busy:
    """A route that is answered here: how the framework writes its path, and what it asks for."""

    template: str
    permission: Permission
    handle: Handle


class Direct:
    """Calls the handlers of busy routes itself; everything else goes to the framework.

    A POST that is declared as busy, of a fixed path or one that ends in one name. The framework
    knows such a route too, for the documentation and for other methods. The handler takes the
    request, and the name where there is one, looks only at its scope and body, and answers with
    encoded bytes.
    """

    def __init__(self, app: Litestar, *, routed: ASGIApp, answer_error: AnswerError) -> None:
        self._routed = routed
        self._answer_error = answer_error
        self._fixed: dict[str, _Busy] = {}
        # By the path before the name.
        self._named: dict[str, _Busy] = {}
        for route, handler in _busy(app):
            # The guard is the framework's to call, which is passed by here.
            one = _Busy(route.path_format, _asked(handler), handler.fn)
            if not route.path_parameters:
                self._fixed[route.path] = one
                continue
            before, _, name = route.path.rpartition("/")
            if name != _NAME or len(route.path_parameters) > 1:
                raise ValueError(f"{route.path} is busy, and does not end in its one {_NAME}")
            self._named[before] = one

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != ScopeType.HTTP or scope["method"] != "POST":
            await self._routed(scope, receive, send)
            return
        given: tuple[str, ...] = ()
        busy = self._fixed.get(scope["path"])
        if busy is None:
            before, _, name = scope["path"].rpartition("/")
            busy = self._named.get(before) if name else None
            if busy is None:
                await self._routed(scope, receive, send)
                return
            given = (name,)
        scope["path_template"] = busy.template
        request: Any = _DirectRequest(scope, receive)
        try:
            admit(scope["state"], permission=busy.permission)
            response = await busy.handle(request, *given)
        # Whatever it is, the same answer as behind the framework.
        except Exception as error:  # noqa: BLE001
            response = self._answer_error(request, error)
        await response(scope, receive, send)


def _busy(app: Litestar) -> Iterator[tuple[HTTPRoute, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute) and (found := route.route_handler_map.get("POST")):
            handler = found[0]
            if BUSY in handler.opt:
                yield route, handler


def _asked(handler: HTTPRouteHandler) -> Permission:
    permission = permission_of(handler)
    if permission is None:
        raise ValueError(f"{handler} is open to everyone: a busy route must not be")
    return permission
