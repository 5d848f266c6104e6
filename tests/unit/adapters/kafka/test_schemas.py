"""The committed schemas are current, describe what is taken, and a new version breaks none."""

import copy
import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from adapters.kafka.catalogue import COMMANDS
from adapters.kafka.envelope import Envelope
from adapters.kafka.replies import ReplyEvent
from adapters.kafka.schemas import breaks, documents
from tests.unit.sources import ROOT

SCHEMAS = ROOT / "docs/schemas"
# Messages as producers of version 1 wrote them: they are understood for ever.
WRITTEN = Path(__file__).parent / "written"


# Written once for all tests: the texts are the same bytes each time.
CURRENT = functools.cache(documents)


def latest(name: str) -> Any:
    """Return the newest schema of a message by its name without the version."""
    (found,) = (text for path, text in CURRENT().items() if path.rpartition(".v")[0] == name)
    return json.loads(found)


def test_the_committed_schemas_are_current() -> None:
    for name, text in documents().items():
        assert (SCHEMAS / name).read_text() == text, "run: ballast schema export --out docs/schemas"


def test_every_committed_version_is_compatible_with_the_latest() -> None:
    committed = sorted(path.relative_to(SCHEMAS) for path in SCHEMAS.rglob("*.json"))
    assert {str(path) for path in committed} >= CURRENT().keys()
    for path in committed:
        old = json.loads((SCHEMAS / path).read_text())
        assert breaks(old, latest(str(path).rpartition(".v")[0])) == [], path


def test_every_message_ever_written_is_understood() -> None:
    found = sorted((WRITTEN / "commands").glob("*.json"))
    assert {path.name.rpartition(".v")[0] for path in found} == COMMANDS.keys()
    for path in found:
        envelope = msgspec.json.decode(path.read_bytes(), type=Envelope)
        COMMANDS[envelope.type].read(envelope.payload)
        schema = latest(f"commands/{envelope.type}")
        jsonschema_rs.validator_for(schema).validate(json.loads(path.read_bytes()))
    for path in sorted((WRITTEN / "replies").glob("*.json")):
        msgspec.json.decode(path.read_bytes(), type=ReplyEvent)
        schema = latest("replies/reply")
        jsonschema_rs.validator_for(schema).validate(json.loads(path.read_bytes()))


def _at(schema: Any) -> Any:
    return schema["$defs"]["OrderReplace"]


def _add_required(schema: Any) -> None:
    _at(schema)["properties"]["why"] = {"type": "string"}
    _at(schema)["required"].append("why")


def _drop(schema: Any) -> None:
    del _at(schema)["properties"]["trail"]


def _narrow(schema: Any) -> None:
    _at(schema)["properties"]["order_id"]["maxLength"] = 5


def _drop_choice(schema: Any) -> None:
    schema["properties"]["version"]["maximum"] = 0


@pytest.mark.parametrize("change", [_add_required, _drop, _narrow, _drop_choice])
def test_a_change_that_breaks_producers_is_found(change: Callable[[Any], None]) -> None:
    old = latest("commands/order.replace")
    new = copy.deepcopy(old)
    change(new)
    assert breaks(old, new)


def test_a_new_optional_field_and_a_new_version_break_nothing() -> None:
    old = latest("commands/order.replace")
    new = copy.deepcopy(old)
    _at(new)["properties"]["why"] = {"type": "string"}
    new["properties"]["version"]["maximum"] = 2
    assert breaks(old, new) == []
    assert breaks(new, old) != []
