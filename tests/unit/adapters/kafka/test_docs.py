"""docs/commands.md says what is so."""

import json
import re
from typing import Any
from uuid import UUID

import msgspec

from adapters.kafka.catalogue import COMMANDS, Reach
from adapters.kafka.envelope import Envelope, signed_bytes
from adapters.kafka.wire import Reason
from adapters.security.command_keys import read_command_keys
from tests.unit.sources import ROOT

PAGE = (ROOT / "docs/commands.md").read_text()
REACH = {Reach.ACCOUNT: "required", Reach.TENANT: "left out", Reach.EITHER: "optional"}


def fenced(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_signing_example_makes_a_signature_that_holds() -> None:
    (code,) = fenced("python")
    made: dict[str, Any] = {}
    exec(compile(code, "docs/commands.md", "exec"), made)
    lines = made["lines"]
    envelope = Envelope(
        id=UUID(lines[2]),
        type=lines[3],
        version=int(lines[4]),
        tenant=UUID(lines[5]),
        account=UUID(lines[6]),
        issued_at=lines[7],
        expires_at=lines[8],
        actor=lines[9],
        payload=_raw(made["payload"]),
    )
    key = {"id": lines[1], "secret": made["secret"], "tenant": lines[5], "actor": lines[9]}
    producer = read_command_keys(json.dumps([key])).verify(
        key_id=lines[1],
        content=signed_bytes(envelope, key_id=lines[1]),
        mac=bytes.fromhex(made["mac"]),
    )
    assert producer is not None
    assert producer.actor == "producer:momentum"


def test_the_examples_of_an_envelope_and_of_keys_can_be_read() -> None:
    envelope, keys = fenced("json")
    read = json.loads(envelope)
    COMMANDS[read["type"]].read(_raw(json.dumps(read["payload"])))
    read_command_keys(keys)


def test_the_table_of_types_is_whole() -> None:
    rows = re.findall(r"^\| `([a-z_.]+)` \| (required|left out|optional) \|", PAGE, re.MULTILINE)
    assert dict(rows) == {name: REACH[one.reach] for name, one in COMMANDS.items()}


def test_the_table_of_reasons_is_whole() -> None:
    _, _, rest = PAGE.partition("| Reason |")
    table = rest.partition("\n\n")[0]
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    named = [one.strip("`") for row in rows for one in row.split(", ")]
    assert sorted(named) == sorted(Reason)


def _raw(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())
