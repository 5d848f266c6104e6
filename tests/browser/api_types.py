"""Write the types of the API, as the console's files are checked with them.

    python -m tests.browser.api_types

They are made from the OpenAPI document that a server with these routes answers with, so that a
path or a field which is not there fails the type check and not a person.
"""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.unit.adapters.http.context import open_context

TARGET = Path(__file__).parents[2] / "adapters/http/console/types/api.d.ts"
_METHODS = ("get", "post", "put", "patch", "delete")
_PLAIN = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
    "object": "{ [name: string]: unknown }",
}


async def document() -> dict[str, Any]:
    """Return the OpenAPI document of all routes."""
    async with open_context() as context, context.client(None) as client:
        found: dict[str, Any] = (await client.get("/openapi.json")).json()
        return found


def written(openapi: dict[str, Any]) -> str:
    """Return the document as TypeScript: an interface a schema, and one of all routes."""
    lines = [
        "// Made from the OpenAPI document by `python -m tests.browser.api_types`; not by hand.",
        "",
    ]
    for name, schema in sorted(openapi["components"]["schemas"].items()):
        lines.append(f"export type {_named(name)} = {_type(schema)};")
    lines += ["", "export interface Routes {"]
    for path, operations in sorted(openapi["paths"].items()):
        for method in _METHODS:
            if method in operations:
                body, answer = _body(operations[method]), _answer(operations[method])
                lines.append(f'  "{method.upper()} {path}": {{ body: {body}; answer: {answer} }};')
    return "\n".join([*lines, "}", ""])


def _body(operation: dict[str, Any]) -> str:
    schema = _schema(operation.get("requestBody", {}))
    return "undefined" if schema is None else _type(schema)


def _answer(operation: dict[str, Any]) -> str:
    """Return what a success answers with; several of them are a choice."""
    found = {
        _type(schema) if (schema := _schema(answer)) is not None else "null"
        for status, answer in operation["responses"].items()
        if status < "300"
    }
    return " | ".join(sorted(found))


def _schema(said: dict[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] | None = said.get("content", {}).get("application/json", {}).get("schema")
    return found


def _named(name: str) -> str:
    return name.replace("adapters.http.", "").replace("schemas.", "").replace(".", "_")


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return _named(schema["$ref"].rpartition("/")[2])
    if "enum" in schema or "const" in schema:
        return " | ".join(json.dumps(one) for one in schema.get("enum", [schema.get("const")]))
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return " | ".join(dict.fromkeys(_type(one) for one in schema[choice]))
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(_type({**schema, "type": one}) for one in kind)
    if kind == "array":
        return f"Array<{_type(schema.get('items', {}))}>"
    if kind == "object" and "properties" in schema:
        return f"{{ {' '.join(_fields(schema))} }}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"{{ [name: string]: {_type(schema['additionalProperties'])} }}"
    return _PLAIN.get(str(kind), "unknown")


def _fields(schema: dict[str, Any]) -> Iterator[str]:
    required = schema.get("required", ())
    for name, said in schema["properties"].items():
        yield f"{name}{'' if name in required else '?'}: {_type(said)};"


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(written(asyncio.run(document())))
