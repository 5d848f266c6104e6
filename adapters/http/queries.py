"""Refuse query parameters that would be passed over: a mistyped filter matches all."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from litestar.handlers import BaseRouteHandler
from litestar.params import ParameterKwarg

from adapters.http.problems import FieldError, unfit
from adapters.http.reading import WRONG_CHOICE, words_of
from adapters.http.wire import HttpRequest


@dataclass(frozen=True, slots=True)
class _Parameter:
    is_list: bool
    is_text: bool


_known: dict[BaseRouteHandler, dict[str, _Parameter]] = {}


async def refuse_unknown_query(request: HttpRequest) -> None:
    """Raise the problem of the first query parameter that the route does not take so."""
    query = request.scope["query_string"]
    if not query:
        return
    handler = request.route_handler
    known = _known.get(handler)
    if known is None:
        known = _known[handler] = _query_parameters(handler)
    seen: set[str] = set()
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name not in known:
            said = ", ".join(sorted(known)) or "none"
            raise unfit(f"#{name}", f"is no parameter of this route; there are: {said}")
        if name in seen and not known[name].is_list:
            raise unfit(f"#{name}", "may be given once")
        if value == "null" and not known[name].is_text:
            # The framework would read it as nothing given.
            raise unfit(f"#{name}", "must have a value, or be left out")
        seen.add(name)


def named_as_written(
    errors: tuple[FieldError, ...], *, handler: BaseRouteHandler
) -> tuple[FieldError, ...]:
    """Return errors of parameters under the names that the client used, in words that help."""
    names = {f"#{ours}": f"#{theirs}" for ours, theirs in wire_names(handler).items()}
    return tuple(
        FieldError(
            pointer=names.get(error.pointer, error.pointer), detail=_said(error, handler=handler)
        )
        for error in errors
    )


def _said(error: FieldError, *, handler: BaseRouteHandler) -> str:
    field = handler.parsed_fn_signature.parameters.get(error.pointer.lstrip("#"))
    if field is None or not error.detail.startswith(WRONG_CHOICE):
        return error.detail
    words = words_of(field.annotation)
    return f"must be one of {', '.join(words)}" if words else error.detail


def _query_parameters(handler: BaseRouteHandler) -> dict[str, _Parameter]:
    fields = handler.parsed_fn_signature.parameters
    return {
        theirs: _Parameter(
            is_list=fields[ours].is_non_string_sequence or fields[ours].has_inner_subclass_of(list),
            # A choice among words is no text that could itself be "null".
            is_text=not words_of(fields[ours].annotation)
            and (fields[ours].is_subclass_of(str) or fields[ours].has_inner_subclass_of(str)),
        )
        for ours, theirs in wire_names(handler).items()
    }


def wire_names(handler: BaseRouteHandler) -> dict[str, str]:
    """Return the names of a handler's parameters, and how clients write them."""
    names = {}
    for name, field in handler.parsed_fn_signature.parameters.items():
        if name != "request":
            limits = field.kwarg_definition
            named = limits.name if isinstance(limits, ParameterKwarg) else None
            names[name] = named or name
    return names
