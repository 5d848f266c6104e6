"""Refuse query parameters that a route does not know: a mistyped filter would match all."""

from urllib.parse import parse_qsl

from litestar.handlers import BaseRouteHandler
from litestar.params import ParameterKwarg

from adapters.http.problems import FieldError, unfit
from adapters.http.wire import HttpRequest

_known: dict[BaseRouteHandler, frozenset[str]] = {}


async def refuse_unknown_query(request: HttpRequest) -> None:
    """Raise the problem of the first query parameter that the route does not take."""
    query = request.scope["query_string"]
    if not query:
        return
    handler = request.route_handler
    known = _known.get(handler)
    if known is None:
        known = _known[handler] = query_names(handler)
    for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name not in known:
            said = ", ".join(sorted(known)) or "none"
            raise unfit(f"#{name}", f"is no parameter of this route; there are: {said}")


def named_as_written(
    errors: tuple[FieldError, ...], *, handler: BaseRouteHandler
) -> tuple[FieldError, ...]:
    """Return errors of parameters under the names that the client used."""
    names = {f"#{ours}": f"#{theirs}" for ours, theirs in wire_names(handler).items()}
    return tuple(
        FieldError(pointer=names.get(error.pointer, error.pointer), detail=error.detail)
        for error in errors
    )


def query_names(handler: BaseRouteHandler) -> frozenset[str]:
    """Return the names under which a handler takes query parameters."""
    return frozenset(wire_names(handler).values())


def wire_names(handler: BaseRouteHandler) -> dict[str, str]:
    """Return the names of a handler's parameters, and how clients write them."""
    names = {}
    for name, field in handler.parsed_fn_signature.parameters.items():
        if name != "request":
            limits = field.kwarg_definition
            named = limits.name if isinstance(limits, ParameterKwarg) else None
            names[name] = named or name
    return names
