"""A layout is kept as it was written, or refused with the place of its first fault."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.workspaces.layout import (
    LAYOUT_BYTES_MAX,
    InvalidLayout,
    Layout,
    is_sound_at_a_glance,
)
from domain.workspaces.scan import (
    DEPTH_MAX,
    KEY_LENGTH_MAX,
    NUMBER_LENGTH_MAX,
    find_fault,
)

REFUSED = [
    ('{"a":NaN}', "/a", "must be a finite number, or null"),
    ('{"a":[0,-Infinity]}', "/a/1", "must be a finite number, or null"),
    ('{"a":Infinity}', "/a", "must be a finite number, or null"),
    ('{"a":1e400}', "/a", "64-bit float"),
    ('{"a":{"b":[{},{"x":-1e999}]}}', "/a/b/1/x", "64-bit float"),
    ('{"a":1,"a":1}', "/a", "stands there twice"),
    ('{"a":{"b":[1,{"c/d~":1,"c\\/d~":2}]}}', "/a/b/1/c~1d~0", "stands there twice"),
    ('{"":1,"":2}', "/", "stands there twice"),
    ('{"a":["\\ud800"]}', "/a/0", "surrogate"),
    ('{"a":"\\udc00\\ud800"}', "/a", "surrogate"),
    ('{"\\udfff":1}', "/?", "surrogate"),
    ("[]", "", "must be an object"),
    ('"x"', "", "must be an object"),
    ("null", "", "must be an object"),
    ("", "", "must be an object"),
    ("\ufeff{}", "", "must be an object"),
    ("{", "", "ends too early"),
    ('{"a":', "/a", "ends too early"),
    ('{"a":[1,', "/a/1", "ends too early"),
    ('{"a":1,}', "/a", "must have a name in double quotes"),
    ("{'a':1}", "", "must have a name in double quotes"),
    ('{"a" 1}', "/a", 'must be followed by ":"'),
    ('{"a":[1 2]}', "/a/0", 'must go on with "," or "]"'),
    ('{"a":[1,]}', "/a/1", "must be a JSON value"),
    ('{"a":[1}}', "/a/0", 'must go on with "," or "]"'),
    ('{"a":tru}', "/a", "must be a JSON value"),
    ('{"a":truex}', "/a", "must be a JSON value"),
    ('{"a":01}', "/a", 'must go on with "," or "}"'),
    ('{"a":.5}', "/a", "must be a JSON value"),
    ('{"a":+1}', "/a", "must be a JSON value"),
    ('{"a":٣}', "/a", "must be a JSON value"),
    ('{"a":"\n"}', "/a", "must be text that is closed"),
    ('{"a":"\\x"}', "/a", "must be text that is closed"),
    ('{"a":"x', "/a", "must be text that is closed"),
    ("{} {}", "", "must end where its object ends"),
    ('{"a":1}\u00a0', "", "must end where its object ends"),
]

TAKEN = [
    "{}",
    ' \t\r\n{ "a" : [ ] } \n',
    '{"a":1,"A":2," a":3}',
    '{"a":{"a":{"a":1}},"b":{"a":1}}',
    '{"a":"\\ud83d\\ude00","b":"😀"}',
    '{"a":[-0,0.1,1E+2,1e-400,9007199254740993,1.7976931348623157e308]}',
    '{"a":"NaN","b":"{[","c":"1e400","d":"\\\\ud800"}',
    '{"":{"":[]}}',
]


@pytest.mark.parametrize(("text", "pointer", "problem"), REFUSED)
def test_the_first_fault_is_named_with_its_place(text: str, pointer: str, problem: str) -> None:
    with pytest.raises(InvalidLayout) as refusal:
        Layout.read(text.encode())
    assert refusal.value.pointer == pointer
    assert problem in refusal.value.problem


@pytest.mark.parametrize("text", TAKEN)
def test_what_is_sound_is_kept_as_it_was_written(text: str) -> None:
    assert Layout.read(text.encode()).text == text.encode()


def _nested(depth: int) -> str:
    return '{"a":' + "[" * (depth - 1) + "]" * (depth - 1) + "}"


def _key(length: int) -> str:
    return json.dumps({"é" * length: 0}, ensure_ascii=False)


def _number(length: int) -> str:
    return f'{{"a":0.{"1" * (length - 2)}}}'


@pytest.mark.parametrize(
    ("made", "limit", "problem"),
    [
        (_nested, DEPTH_MAX, "lies deeper than"),
        (_key, KEY_LENGTH_MAX, "has a name of 257 characters"),
        (_number, NUMBER_LENGTH_MAX, "a number of at most"),
    ],
)
def test_each_limit_holds_from_the_next_one_on(made: Any, limit: int, problem: str) -> None:
    text = made(limit)
    assert find_fault(text) is None
    assert Layout.read(text.encode()).text == text.encode()
    with pytest.raises(InvalidLayout, match=problem):
        Layout.read(made(limit + 1).encode())


def test_a_layout_may_have_a_mebibyte_and_no_byte_more() -> None:
    text = b'{"a":"' + b"x" * (LAYOUT_BYTES_MAX - 8) + b'"}'
    assert len(Layout.read(text).text) == LAYOUT_BYTES_MAX
    with pytest.raises(InvalidLayout, match="at most 1048576 bytes, not 1048577"):
        Layout.read(text + b" ")


def test_nesting_of_a_whole_mebibyte_is_refused_and_no_stack_runs_out() -> None:
    half = LAYOUT_BYTES_MAX // 2 - 3
    for text in ('{"a":' + "[" * half + "]" * half + "}", '{"a":' * (half // 3)):
        with pytest.raises(InvalidLayout, match=f"deeper than {DEPTH_MAX} levels"):
            Layout.read(text.encode())


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(InvalidLayout, match="byte 6 is not"):
        Layout.read(b'{"a":"\xff"}')


_texts = st.text(st.characters(codec="utf-8"), max_size=6)
_trees: st.SearchStrategy[Any] = st.dictionaries(
    _texts,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | _texts,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
        max_leaves=12,
    ),
    max_size=4,
)


@given(tree=_trees, is_ascii=st.booleans(), indent=st.sampled_from([None, 0, 3]))
def test_what_a_writer_of_json_writes_is_taken_unless_a_number_is_none(
    tree: Any, is_ascii: bool, indent: int | None
) -> None:
    text = json.dumps(tree, ensure_ascii=is_ascii, indent=indent)
    if _sound(tree):
        layout = Layout.read(text.encode())
        assert layout.text == text.encode()
        assert json.loads(layout.text) == tree
    else:
        with pytest.raises(InvalidLayout):
            Layout.read(text.encode())


def _sound(node: Any) -> bool:
    if isinstance(node, dict):
        return all(_sound(one) for one in node.values())
    if isinstance(node, list):
        return all(_sound(one) for one in node)
    if isinstance(node, float):
        return math.isfinite(node)
    return not isinstance(node, int) or len(str(node)) <= NUMBER_LENGTH_MAX


_PIECES = """{ } [ ] , : "a" "b" "" 1 - 1e400 NaN null " \\ \x00 é tru 0.5 e9"""
_pieces = st.sampled_from(
    [*_PIECES.split(" "), " ", "9" * 41, r'"\ud800"', r'"\ud83d\ude00"'],
)


@given(tree=_trees, at=st.floats(0, 1), piece=_pieces, width=st.integers(0, 3))
def test_the_quick_look_passes_nothing_that_the_exact_reading_refuses(
    tree: Any, at: float, piece: str, width: int
) -> None:
    text = json.dumps(tree, ensure_ascii=False)
    place = int(at * len(text))
    text = text[:place] + piece + text[place + width :]
    fault = find_fault(text)
    if is_sound_at_a_glance(text):
        assert fault is None
    if fault is None:
        # What the exact reading takes, any reader of JSON takes.
        assert isinstance(json.loads(text), dict)


@given(pieces=st.lists(_pieces, max_size=12))
def test_nonsense_is_refused_in_words(pieces: list[str]) -> None:
    text = "".join(pieces)
    fault = find_fault(text)
    assert not (fault is not None and is_sound_at_a_glance(text))
    assert fault is None or fault.problem
