"""Write the OpenAPI 3.1 document from the routes and what they say of themselves."""

from collections.abc import Iterable, Iterator
from typing import Any, get_args

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.params import ParameterKwarg
from litestar.routes import HTTPRoute

from adapters.http.documented import OPT, STEP_UP, RouteDescription
from adapters.http.permissions import permission_of
from adapters.http.problem_kinds import KINDS, MEDIA_TYPE
from adapters.http.problems import ProblemBody
from adapters.http.reading import schema_of
from domain.identity.access import Permission

Json = dict[str, Any]

_REF = "#/components/schemas/{name}"
_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Repeats with the same key and request get the first answer again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}
_IF_MATCH: Json = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag that was read, or *: refused with 412 when it changed since.",
    "schema": {"type": "string", "pattern": r'^("[0-9]{1,9}"|\*)$'},
}
_LIMITS = {
    "ge": "minimum",
    "le": "maximum",
    "min_length": "minLength",
    "max_length": "maxLength",
    "pattern": "pattern",
}


def write_document(app: Litestar, *, version: str) -> bytes:
    """Return the document of every described route, as JSON."""
    routes = list(_described(app))
    schemas, components = _schemas(routes)
    paths: Json = {}
    for path, method, handler, said in routes:
        operation = _operation(path, handler, said, schemas=schemas)
        paths.setdefault(path, {})[method.lower()] = operation
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Ballast",
                "version": version,
                "description": _ABOUT,
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "servers": [{"url": "/"}],
            "paths": paths,
            "components": {
                "schemas": components,
                "securitySchemes": {
                    "bearer": {
                        "type": "http",
                        "scheme": "bearer",
                        "bearerFormat": "JWT",
                        "description": "An access token, from POST /api/v1/auth/token.",
                    },
                    "personal": {
                        "type": "http",
                        "scheme": "bearer",
                        "bearerFormat": "blst_",
                        "description": "A personal access token, from POST /api/v1/tokens.",
                    },
                },
            },
        }
    )


_ABOUT = (
    "A self-hosted, risk-first trading backend. Decimals are accepted as JSON strings or"
    " numbers and leave as strings; times are RFC 3339 in UTC; errors are problem+json"
    " (RFC 9457) with a type listed at /problems. Lists take limit and cursor. Live events"
    " come over the WebSocket /ws/v1 with a ticket from POST /api/v1/ws/ticket."
)

Route = tuple[str, str, HTTPRouteHandler, RouteDescription]


def _described(app: Litestar) -> Iterator[Route]:
    for route in sorted(app.routes, key=lambda route: route.path_format):
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            said = handler.opt.get(OPT)
            if isinstance(said, RouteDescription):
                for method in sorted(handler.http_methods):
                    yield route.path_format, method, handler, said


def _schemas(routes: Iterable[Route]) -> tuple[dict[Any, Json], Json]:
    types: dict[Any, None] = {ProblemBody: None}
    for _, _, _, said in routes:
        for kind in (said.body, *said.answers.values()):
            if kind is not None:
                types |= dict.fromkeys(kind if isinstance(kind, tuple) else (kind,))
    written, components = msgspec.json.schema_components(
        list(types), schema_hook=schema_of, ref_template=_REF
    )
    for kind, schema in zip(types, written, strict=True):
        for choice in get_args(kind):
            if getattr(choice, "TAG_MAY_LACK", False):
                # A discriminator needs its property in every choice.
                schema.pop("discriminator", None)
                fields = components[choice.__name__]
                tag = choice.__struct_config__.tag_field
                fields["required"] = [name for name in fields["required"] if name != tag]
    schemas = dict(zip(types, written, strict=True))
    for _, _, _, said in routes:
        if isinstance(said.body, tuple):
            schemas[said.body] = {"anyOf": [schemas[kind] for kind in said.body]}
    return schemas, components


def _operation(
    path: str, handler: HTTPRouteHandler, said: RouteDescription, *, schemas: dict[Any, Json]
) -> Json:
    permission = permission_of(handler)
    tags = sorted({tag for layer in handler.ownership_layers for tag in (layer.tags or ())})
    operation: Json = {
        "operationId": "_".join((*tags, str(handler.handler_name))).replace("-", "_"),
        "summary": said.summary,
        "tags": tags,
        "responses": _responses(said, schemas=schemas, permission=permission),
    }
    parameters = [*_parameters(path, handler)]
    if said.idempotent:
        parameters.append(_KEY)
    if said.if_match:
        parameters.append(_IF_MATCH)
    if parameters:
        operation["parameters"] = parameters
    if said.body is not None:
        content: Json = {"schema": schemas[said.body]}
        if said.example is not None:
            content["examples"] = {"example": {"value": said.example}}
        operation["requestBody"] = {
            "required": said.body_required,
            "content": {"application/json": content},
        }
    if said.secured:
        operation["security"] = [{"bearer": []}, {"personal": []}]
    if permission is not None:
        operation["x-permission"] = permission.value
    if said.permission_too is not None:
        operation["x-permission-too"] = said.permission_too.value
    if STEP_UP in handler.opt:
        operation["x-step-up"] = True
    return operation


def _responses(
    said: RouteDescription, *, schemas: dict[Any, Json], permission: Permission | None
) -> Json:
    responses: Json = {}
    for status, kind in said.answers.items():
        responses[str(status)] = {"description": said.summary}
        if kind is not None:
            content: Json = {"schema": schemas[kind]}
            if said.shown is not None:
                content["examples"] = {"example": {"value": said.shown}}
            responses[str(status)]["content"] = {said.media_type: content}
    # Whoever lacks the permission is told so.
    problems = {*said.problems, 403} if permission is not None else said.problems
    for status in sorted(problems):
        meanings = [kind.meaning for kind in KINDS if kind.status == status]
        response: Json = {
            "description": " Or: ".join(meanings),
            "content": {MEDIA_TYPE: {"schema": schemas[ProblemBody]}},
        }
        if status in (429, 503):
            response["headers"] = {"Retry-After": {"schema": {"type": "string"}}}
        if status == 429:
            # draft-ietf-httpapi-ratelimit-headers-10
            response["headers"]["RateLimit"] = {"schema": {"type": "string"}}
            response["headers"]["RateLimit-Policy"] = {"schema": {"type": "string"}}
        if status == 401:
            response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
        responses[str(status)] = response
    return dict(sorted(responses.items()))


def _parameters(path: str, handler: HTTPRouteHandler) -> Iterator[Json]:
    for own_name, field in handler.parsed_fn_signature.parameters.items():
        if own_name == "request":
            continue
        limits = field.kwarg_definition
        limits = limits if isinstance(limits, ParameterKwarg) else None
        name = (limits.name if limits is not None else None) or own_name
        in_path = f"{{{name}}}" in path
        schema = _without_null(msgspec.json.schema(field.annotation))
        items = schema.get("items", schema)
        for ours, theirs in _LIMITS.items():
            limit = getattr(limits, ours, None)
            if limit is not None:
                items[theirs] = limit
        if limits is not None and limits.max_items is not None:
            schema["maxItems"] = limits.max_items
        parameter: Json = {
            "name": name,
            "in": "path" if in_path else "query",
            "required": in_path or not field.has_default,
            "schema": schema,
        }
        if field.has_default and field.default is not None:
            schema["default"] = field.default
        if limits is not None and limits.description:
            parameter["description"] = limits.description
        yield parameter


def _without_null(schema: Json) -> Json:
    """Return what a parameter may be when it is given: a query cannot say null."""
    definitions = schema.pop("$defs", {})
    choices = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    found: Json = choices[0]
    items = found.get("items", found)
    if "$ref" in items:
        definition = definitions[items.pop("$ref").rsplit("/", 1)[-1]]
        items.update({name: value for name, value in definition.items() if name != "title"})
    return found
