"""Find the functions of a file, and put changed bodies into the ones that live."""

import ast
import gc
import inspect
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType

Live = dict[tuple[str, int], list[FunctionType]]


@dataclass(frozen=True, slots=True)
class Span:
    """A function's body in its file: bytes from and to, its lines, and the line of its code."""

    start: int
    end: int
    first_line: int
    last_line: int


def spans_of(source: bytes) -> list[Span]:
    """Return the bodies of all functions that are in no other function, in order."""
    begins = [0]
    for line in source.splitlines(keepends=True):
        begins.append(begins[-1] + len(line))
    return [
        Span(
            start=begins[one.body[0].lineno - 1] + one.body[0].col_offset,
            end=begins[(one.end_lineno or 0) - 1] + (one.end_col_offset or 0),
            # A decorated function's code begins with its first decorator.
            first_line=min([one.lineno, *(mark.lineno for mark in one.decorator_list)]),
            last_line=one.end_lineno or 0,
        )
        for one in _outermost(ast.parse(source))
    ]


def _outermost(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
        else:
            yield from _outermost(child)


def around(spans: list[Span], *, start: int, end: int) -> Span | None:
    """Return the function whose body holds these bytes; None for what is run at import."""
    return next((one for one in spans if one.start <= start and end <= one.end), None)


def live_functions(files: frozenset[str]) -> Live:
    """Return the functions that live in this process, by their file and line."""
    gc.unfreeze()
    found: Live = defaultdict(list)
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename in files:
            found[one.__code__.co_filename, one.__code__.co_firstlineno].append(one)
    return found


def code_at(changed: bytes, *, file: str, line: int) -> CodeType | None:
    """Compile a changed file and return the code of the function that begins on a line."""
    module = compile(changed, file, "exec", dont_inherit=True)
    return next((one for one in _codes(module) if one.co_firstlineno == line), None)


def _codes(outer: CodeType) -> Iterator[CodeType]:
    for one in outer.co_consts:
        if not isinstance(one, CodeType):
            continue
        if one.co_flags & inspect.CO_OPTIMIZED:
            if not one.co_name.startswith("<"):
                yield one
        else:
            yield from _codes(one)


def put(code: CodeType, functions: list[FunctionType]) -> bool:
    """Give the functions this code; False when one of them cannot take it."""
    takers = [one for one in functions if one.__code__.co_name == code.co_name]
    if not takers or any(len(one.__code__.co_freevars) != len(code.co_freevars) for one in takers):
        return False
    for one in takers:
        one.__code__ = code
    return True
