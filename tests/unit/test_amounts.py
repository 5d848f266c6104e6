"""However an amount comes in, one reader takes it: what is published, and nothing else."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
import typer
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.http.problems import Problem
from adapters.http.reading import Amount, decode, decoder_of, schema_of
from adapters.http.risk.schemas import RuleBody
from adapters.kafka.payloads import RiskRuleCreate
from adapters.kafka.schemas import documents
from adapters.rule_files.rules import RuleFileWrong, _read_line
from adapters.settings.field import Rule as Limits
from adapters.settings.values import InvalidSetting, from_text
from application.risk.commands import RuleFields
from application.risk.create_rule import rule_of
from bootstrap.cli.replay import _number
from bootstrap.settings.load import DECLARED
from domain.risk.rule import RuleType
from domain.shared.values import InvalidValue

WRITTEN = {"name": "n", "rule_type": "PRICE_COLLAR", "threshold": "0"}
PUBLISHED = schema_of(Amount)["anyOf"][0]["pattern"]
# Of one of our settings, without the bounds of its own.
SETTING = replace(DECLARED.catalogue["paper.slippage_ticks"], rule=Limits(doc=""))
BODY = decoder_of(RuleBody)


def http(text: str) -> Decimal:
    return decode(msgspec.json.encode(WRITTEN | {"threshold": text}), decoder=BODY).threshold


def kafka(text: str) -> Decimal:
    payload = msgspec.json.encode(WRITTEN | {"threshold": text})
    return msgspec.json.decode(payload, type=RiskRuleCreate).fields().threshold


def parameter(text: str) -> Decimal:
    """Read the parameter of a rule, by whichever way it came."""
    fields = RuleFields(
        name="n",
        rule_type=RuleType.PRICE_COLLAR,
        threshold=Decimal(1),
        parameters={"dollars": text},
    )
    rule = rule_of(
        fields, id=UUID(int=1), tenant_id=UUID(int=2), at=datetime(2026, 1, 2, tzinfo=UTC)
    )
    return Decimal(str(rule.parameters["dollars"]))


def file(text: str) -> Decimal:
    return _read_line(WRITTEN | {"threshold": text}, where="r").threshold


def setting(text: str) -> Decimal:
    read: Decimal = from_text(SETTING, text)
    return read


INTAKES: dict[str, Callable[[str], Decimal]] = {
    "HTTP": http,
    "Kafka": kafka,
    "command line": _number,
    "settings": setting,
    "files": file,
}
REFUSALS = (
    Problem,
    msgspec.ValidationError,
    typer.BadParameter,
    InvalidSetting,
    RuleFileWrong,
    InvalidValue,
)
LIKE_AMOUNTS = st.one_of(
    st.from_regex(re.compile(r"\A[-+]?[0-9_]{0,21}\.?[0-9]{0,19}(e[0-9]{1,3})?\n?\Z")),
    st.text(alphabet="0123456789.-+_eE,\n \u0661\u0967\uff11\u00a0NaInf", max_size=24),
    st.decimals(allow_nan=True).map(str),
)


def is_published(text: str) -> bool:
    """Tell whether a JSON Schema's reader takes it: there, $ is the very end."""
    return re.search(PUBLISHED.replace("$", r"\Z"), text, re.ASCII) is not None


@given(LIKE_AMOUNTS)
@example("1_0")
@example("\u0661")
@example(" 1 ")
@example("+1")
@example(".5e1")
@example("1\n")
@example("10")
@example("-0.000000000000000001")
@example("9" * 20 + "." + "9" * 18)
@example("9" * 21)
@example("0." + "1" * 19)
@example("NaN")
def test_every_intake_takes_what_is_published_and_nothing_else(text: str) -> None:
    for name, read in INTAKES.items():
        value = None
        with suppress(*REFUSALS):
            value = read(text)
        assert (value is not None) is is_published(text), f"{name}: {text!r}"
        assert value is None or value == Decimal(text), f"{name}: {text!r}"


@pytest.mark.parametrize("text", ["1_0", "\u0661", " 1 ", "+1", ".5e1", "1\n", "1e1"])
def test_the_number_of_a_parameter_is_read_as_strictly(text: str) -> None:
    assert parameter("10") == 10
    with pytest.raises(InvalidValue, match=r"parameters\.dollars: must be a plain decimal"):
        parameter(text)


@pytest.mark.parametrize("name", INTAKES)
def test_what_is_refused_is_told_what_would_be_right(name: str) -> None:
    with pytest.raises(REFUSALS) as told:
        INTAKES[name]("1_0")
    if name != "Kafka":
        assert "must be a plain decimal such as 118.25" in str(
            getattr(told.value, "detail", told.value)
        )


@pytest.mark.parametrize(
    ("number", "value"), [("10", "10"), ("1e2", "100"), ("0.10", "0.10"), ("-1.5E0", "-1.5")]
)
def test_a_number_of_json_is_what_its_own_text_says(number: str, value: str) -> None:
    body = json.dumps(WRITTEN).replace('"0"', number).encode()
    read = decode(body, decoder=BODY).threshold
    assert type(read) is Decimal
    assert read == Decimal(value)


@pytest.mark.parametrize(
    "said", ["1e20", "9" * 30, "1e-19", "1e400", "1e99999999999999999999", "true", "null", "[]"]
)
def test_a_number_beyond_the_bounds_or_something_else_is_refused(said: str) -> None:
    with pytest.raises(Problem) as told:
        decode(json.dumps(WRITTEN).replace('"0"', said).encode(), decoder=BODY)
    assert told.value.errors[0].pointer == "/threshold"


def test_the_schemas_of_commands_publish_the_same_pattern() -> None:
    found: set[Any] = set()
    for text in documents().values():
        found |= set(re.findall(r'"118\.25"\s*\],\s*"maxLength": 64,\s*"pattern": "([^"]*)"', text))
    assert found == {json.dumps(PUBLISHED)[1:-1]}
