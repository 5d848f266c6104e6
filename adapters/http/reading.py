"""Read JSON bodies in one way: amounts as published, no name twice, and words that help."""

import enum
import re
from collections.abc import Iterator
from decimal import Decimal
from types import UnionType
from typing import Any, Self, TypeVar, cast

import msgspec
from msgspec import inspect

from adapters.http.problems import Problem, invalid, unfit, unfit_body
from domain.shared.amounts import AMOUNT_PATTERN, AMOUNT_WANTED, read_amount, read_number
from domain.shared.json_names import RepeatedName, refuse_repeated
from domain.shared.values import LARGEST_DIGITS, InvalidValue

T = TypeVar("T")

_AMOUNT_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "pattern": AMOUNT_PATTERN},
        {
            "type": "number",
            "exclusiveMinimum": -(10.0**LARGEST_DIGITS),
            "exclusiveMaximum": 10.0**LARGEST_DIGITS,
        },
    ]
}

# As the decoder begins to tell of a word that is none of a few.
WRONG_CHOICE = ("Invalid enum value", "Invalid value")
_STEP = re.compile(r"\.([^.\[]+)|\[[^\]]*\]")
_to_raw = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class _OfDecimals(type):
    def __instancecheck__(cls, value: object) -> bool:
        return type(value) is Decimal


class Amount(Decimal, metaclass=_OfDecimals):
    """A decimal that is read strictly: the type of a field, whose values are plain Decimals.

    msgspec reads a Decimal by itself, and as loosely as Python does; a type that it does not
    know it gives to the decoder's hook.
    """

    def __new__(cls, text: str) -> Self:
        """Return the plain Decimal of an amount that is written, for defaults."""
        made: Self = cast(Any, read_amount(text, field=""))
        return made


def decoder_of(kind: "type[T] | UnionType") -> "msgspec.json.Decoder[T]":
    """Return what reads a body whose fields may be amounts."""
    return msgspec.json.Decoder(kind, dec_hook=_amount, float_hook=_literal)


def schema_of(kind: type) -> dict[str, Any]:
    """Return how the OpenAPI document describes what msgspec does not know by itself."""
    if kind is not Amount:
        # What msgspec asks a hook to raise for a type that it does not know.
        raise NotImplementedError(f"nothing describes {kind}")
    return _AMOUNT_SCHEMA


def _literal(text: str) -> Decimal:
    try:
        return read_number(text, field="")
    except InvalidValue as unfit_number:
        raise ValueError(unfit_number.problem) from None


def _amount(kind: type, value: Any) -> Decimal:
    if kind is not Amount:
        raise NotImplementedError(f"nothing reads {kind}")
    try:
        if type(value) is str:
            return read_amount(value, field="")
        if type(value) is Decimal:
            return value
        if type(value) is int:
            return read_number(value, field="")
    except InvalidValue as unfit_amount:
        raise ValueError(unfit_amount.problem) from None
    raise ValueError(AMOUNT_WANTED)


def decode(body: bytes | str, *, decoder: "msgspec.json.Decoder[T]", what: str = "the body") -> T:
    """Read JSON; raises the problem that names the field and what is wrong."""
    said = read(body, decoder=decoder, what=what)
    _refuse_twice(body, what=what)
    return said


def read(body: bytes | str, *, decoder: "msgspec.json.Decoder[T]", what: str = "the body") -> T:
    """Read JSON likewise, for who looks for what stands there twice by other means."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _unfit(str(error), kind=decoder.type) from None
    except msgspec.DecodeError as error:
        raise invalid(f"{what} is not JSON: {error}") from None
    except (ValueError, RecursionError) as error:
        raise invalid(f"{what} cannot be read: {error}") from None


def names(body: bytes | str, name: str) -> bool:
    """Tell whether a body is an object with this name; what is none is left to its reader."""
    try:
        return name in _to_raw(body)
    except msgspec.DecodeError:
        return False


def _refuse_twice(body: bytes | str, *, what: str) -> None:
    """Raise the problem of a name that stands twice in one object of what was read already.

    An object on one level, which most are, has as many colons as names: counting them costs
    a fifth of looking.
    """
    colon: Any = b":" if isinstance(body, bytes) else ":"
    try:
        if body.count(colon) == len(_to_raw(body)):
            return
    except msgspec.ValidationError:
        # No object at all: whatever lies in it is looked at.
        pass
    try:
        refuse_repeated(body)
    except RepeatedName as found:
        raise unfit(found.pointer, "stands there twice") from None
    except (ValueError, RecursionError) as error:
        raise invalid(f"{what} cannot be read: {error}") from None


def words_of(annotation: Any) -> list[str]:
    """Return the words that a parameter, or each of a list of them, may be; empty for any."""
    kind = inspect.type_info(annotation)
    several = [one for one in getattr(kind, "types", (kind,)) if isinstance(one, inspect.ListType)]
    return _choices(several[0].item_type if several else kind, iter(()))


def _unfit(message: str, *, kind: Any) -> Problem:
    problem = unfit_body(message)
    text, _, path = message.partition(" - at `$")
    if not text.startswith(WRONG_CHOICE):
        return problem
    choices = _choices(inspect.type_info(kind), _STEP.finditer(path.rstrip("`")))
    if not choices:
        return problem
    pointer = problem.errors[0].pointer
    return unfit(pointer, f"must be one of {', '.join(choices)}")


def _choices(kind: Any, steps: "Iterator[re.Match[str]]") -> list[str]:
    """Return what a place in a type may be, empty where it is not one of a few words."""
    step = next(steps, None)
    if isinstance(kind, inspect.Metadata):
        return _choices(kind.type, iter([step, *steps] if step is not None else []))
    if isinstance(kind, inspect.UnionType):
        rest = [step, *steps] if step is not None else []
        found = (_choices(one, iter(rest)) for one in kind.types)
        return list(dict.fromkeys(word for words in found for word in words))
    if step is None:
        return _words(kind)
    name = step[1]
    if isinstance(kind, inspect.StructType) and name is not None:
        if name == kind.tag_field:
            return [str(kind.tag)]
        inner = next((one.type for one in kind.fields if one.encode_name == name), None)
    elif isinstance(kind, inspect.ListType | inspect.VarTupleType | inspect.CollectionType):
        inner = kind.item_type
    elif isinstance(kind, inspect.DictType):
        inner = kind.value_type
    else:
        inner = None
    return _choices(inner, steps) if inner is not None else []


def _words(kind: Any) -> list[str]:
    if isinstance(kind, inspect.EnumType):
        members: Any = kind.cls
        return [str(one.value) for one in members if isinstance(one, enum.Enum)]
    if isinstance(kind, inspect.LiteralType):
        return [str(value) for value in kind.values]
    return []
