"""Describe every message as JSON Schema, and tell what a new version would break."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import msgspec

from adapters.kafka.catalogue import COMMANDS, Command
from adapters.kafka.envelope import Envelope
from adapters.kafka.replies import ReplyEvent
from adapters.kafka.wire import REPLY_VERSION

Schema: TypeAlias = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEMPLATE = "#/$defs/{name}"
# What says something to people, and nothing to a decoder.
_PROSE = frozenset({"description", "examples", "title", "default", "$id", "$schema", "$defs"})


def documents() -> dict[str, str]:
    """Return every schema as a file's name and text, the same bytes each time."""
    found = {
        f"commands/{name}.v{one.version}.json": _command(one) for name, one in COMMANDS.items()
    }
    found[f"replies/reply.v{REPLY_VERSION}.json"] = _whole(ReplyEvent, id=f"reply:v{REPLY_VERSION}")
    return {
        name: json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        for name, schema in sorted(found.items())
    }


def breaks(old: Schema, new: Schema) -> list[str]:
    """Return what a reader of `new` refuses or misses that `old` allowed; empty is compatible.

    A new version may add optional fields, and widen a list of choices. Anything else is a
    new type, or a new topic.
    """
    return list(_breaks(old, new, roots=(old, new), at=""))


def _command(command: Command[Any]) -> Schema:
    schema = _whole(Envelope, command.payload, id=f"command:{command.name}:v{command.version}")
    fields = schema["properties"]
    # Said by the payload's own reference; the envelope takes any.
    fields["payload"] = {"$ref": _TEMPLATE.format(name=command.payload.__name__)}
    fields["type"] = {"const": command.name.value}
    fields["version"] = {"type": "integer", "minimum": 1, "maximum": command.version}
    schema["description"] = command.payload.__doc__
    # Decoding lets it be left out, so that its absence has a reason of its own.
    schema["required"] = sorted({*schema["required"], "signature"})
    fields["signature"] = {"$ref": _TEMPLATE.format(name="Signature")}
    return schema


def _whole(first: type, *others: type, id: str) -> Schema:
    _, parts = msgspec.json.schema_components((first, *others), ref_template=_TEMPLATE)
    top = parts.pop(first.__name__)
    return {"$schema": _DIALECT, "$id": f"ballast:{id}", **top, "$defs": parts}


def _breaks(old: Schema, new: Schema, *, roots: tuple[Schema, Schema], at: str) -> Iterator[str]:
    old, new = _resolved(old, roots[0]), _resolved(new, roots[1])
    if "properties" in old and "properties" in new:
        yield from _object_breaks(old, new, roots=roots, at=at)
        return
    for key in sorted((old.keys() | new.keys()) - _PROSE):
        before, after = old.get(key), new.get(key)
        if key in ("anyOf", "prefixItems") and before and after and len(before) == len(after):
            for index, (one, other) in enumerate(zip(before, after, strict=True)):
                yield from _breaks(one, other, roots=roots, at=f"{at}[{index}]")
        elif key in ("items", "additionalProperties") and _both(before, after):
            yield from _breaks(before or {}, after or {}, roots=roots, at=f"{at}[]")
        elif key == "enum" and before is not None and after is not None:
            gone = sorted(set(map(str, before)) - set(map(str, after)))
            yield from (f"{at}: no longer takes {one}" for one in gone)
        elif key == "maximum" and _wider(before, after):
            continue
        elif before != after:
            yield f"{at}: {key} was {before!r}, is {after!r}"


def _object_breaks(
    old: Schema, new: Schema, *, roots: tuple[Schema, Schema], at: str
) -> Iterator[str]:
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{at}/{name}: is required now"
    for name, before in old["properties"].items():
        after = new["properties"].get(name)
        if after is None:
            yield f"{at}/{name}: is gone"
        else:
            yield from _breaks(before, after, roots=roots, at=f"{at}/{name}")


def _resolved(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def _both(before: object, after: object) -> bool:
    return isinstance(before, Mapping) and isinstance(after, Mapping)


def _wider(before: object, after: object) -> bool:
    return isinstance(before, int) and isinstance(after, int) and after >= before
