"""Bodies are read in one way: no name twice, nothing unseen in a name, and words that help."""

import sys
from typing import Any
from unicodedata import category

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.orders.schemas import OrderBody
from adapters.http.problems import Problem
from adapters.http.reading import decode, decoder_of
from adapters.http.risk.figures import SizeBody
from adapters.http.wire import Name
from domain.shared.json_names import RepeatedName, refuse_repeated
from tests.unit.adapters.http.context import SHARED, Context

HEAD = {"Content-Type": "application/json"}
ANYTHING = msgspec.json.Decoder(Any)
NAME = msgspec.json.Decoder(Name)


def fault(body: str, *, decoder: Any = ANYTHING) -> tuple[str, str]:
    with pytest.raises(Problem) as told:
        decode(body.encode(), decoder=decoder)
    (one,) = told.value.errors
    return one.pointer, one.detail


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ('{"a":1,"a":1}', "/a"),
        ('{"a" :1, "b": 2, "\\u0061" : 1}', "/a"),
        ('{"a":{"b":1},"c":[{"b":1},{"b":{},"b":2}]}', "/c/1/b"),
        ('[1,{"x/~":1,"x/~":2}]', "/1/x~1~0"),
        ('{"a":":","a":1}', "/a"),
    ],
)
def test_a_name_that_stands_twice_is_refused_where_it_stands(body: str, pointer: str) -> None:
    assert fault(body) == (pointer, "stands there twice")


@pytest.mark.parametrize(
    "body", ['{"a":{"b":1},"b":{"b":2}}', '[{"b":1},{"b":1}]', '{"a":"b:c"}', '"a:b"', "1", "{}"]
)
def test_a_name_that_stands_once_in_each_object_is_fine(body: str) -> None:
    decode(body.encode(), decoder=ANYTHING)


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(st.tuples(st.sampled_from(["a", "b:", "c"]), inner), max_size=3).map(dict)
    ),
    max_leaves=8,
)


@given(JSON)
def test_what_any_writer_of_json_writes_has_no_name_twice(value: Any) -> None:
    decode(msgspec.json.encode(value), decoder=ANYTHING)


def test_numbers_of_any_length_are_no_matter_of_names() -> None:
    refuse_repeated('{"a":[%s]}' % ("9" * 5_000))
    with pytest.raises(RepeatedName, match="/a stands there twice"):
        refuse_repeated('{"a":%s,"a":1}' % ("9" * 5_000))


async def test_an_order_whose_quantity_stands_twice_is_not_placed(
    context: Context, client: httpx.AsyncClient
) -> None:
    once = msgspec.json.encode(context.order()).decode()
    twice = once[:-1] + ',"quantity":"1000"}'
    answer = await client.post("/api/v1/orders", content=twice, headers=HEAD)
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"pointer": "/quantity", "detail": "stands there twice"}]
    assert (await client.get("/api/v1/orders")).json()["items"] == []


@SHARED
@pytest.mark.parametrize("quantity", ["1_0", "\u0661", " 1 ", "+1", ".5e1", "1\n"])
async def test_a_quantity_that_only_python_reads_is_refused_with_what_would_be_right(
    calm: Context, calm_client: httpx.AsyncClient, quantity: str
) -> None:
    answer = await calm_client.post("/api/v1/orders", json=calm.order(quantity=quantity))
    assert answer.status_code == 400
    (told,) = answer.json()["errors"]
    assert told["pointer"] == "/quantity"
    assert told["detail"].startswith("must be a plain decimal such as 118.25")


async def test_no_schema_takes_a_decimal_as_loosely_as_the_decoder_does(
    calm_client: httpx.AsyncClient,
) -> None:
    document = (await calm_client.get("/openapi.json")).text
    assert '"format":"decimal"' not in document


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        ('{"side":"hold"}', "/side", "buy, sell"),
        ('{"side":"buy","time_in_force":"x"}', "/time_in_force", "day, gtc, gtd, ioc, fok, opg"),
        ('{"trail_kind":"x"}', "/trail_kind", "amount, percent"),
    ],
)
def test_a_word_that_is_none_of_a_few_is_told_which_there_are(
    body: str, pointer: str, words: str
) -> None:
    where, told = fault(body, decoder=decoder_of(OrderBody))
    assert where == pointer
    assert told.startswith(f"must be one of {words}")


@SHARED
async def test_a_filter_that_is_none_of_a_few_words_is_told_which_there_are(
    calm_client: httpx.AsyncClient,
) -> None:
    answer = await calm_client.get("/api/v1/orders", params={"state": "bogus"})
    (told,) = answer.json()["errors"]
    assert told["pointer"] == "#state"
    assert told["detail"].startswith("must be one of initialized, denied, accepted, ")
    assert "bogus" not in answer.text


def test_a_method_that_there_is_not_is_told_which_there_are() -> None:
    told = fault('{"method":"luck"}', decoder=decoder_of(SizeBody))
    assert told == ("/method", "must be one of fixed_risk, kelly, volatility, entry")


UNSEEN = [chr(code) for code in range(sys.maxunicode + 1) if category(chr(code)) in "Cc Cf Zl Zp"]


def test_a_name_holds_nothing_that_is_not_seen() -> None:
    """Whatever turns the direction of writing, joins, or controls, at the end of it as well."""
    for letter in ("\u202e", "\u2066", "\u200b", "\ufeff", "\x00", "\x85", "\n", *UNSEEN):
        for name in (f"a{letter}b", f"ab{letter}"):
            assert fault(msgspec.json.encode(name).decode(), decoder=NAME)[0] == ""


@pytest.mark.parametrize("name", ["Müller & Söhne", "株式会社", "משרד", "a b", "😀", "|x|"])
def test_a_name_in_any_writing_is_fine(name: str) -> None:
    assert decode(msgspec.json.encode(name), decoder=NAME) == name
