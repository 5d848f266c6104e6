"""Write every mutant of some files as a line of JSON: run by the environment that has mutmut.

The operators are mutmut's. What they are put to is ours: mutmut leaves out decorated functions
and what is done at import, half of a house of frozen dataclasses; here nothing is left out but
annotations, decorators, the arguments of `len` and `isinstance`, and texts in three quotes.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import libcst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

_LEFT_OUT = (libcst.Annotation, libcst.Decorator, libcst.Import, libcst.ImportFrom)
_PLAIN_CALLS = ("len", "isinstance", "TypeVar", "ParamSpec", "NewType")


def main() -> None:
    """Write the mutants of the files that are named."""
    for path in sys.argv[1:]:
        for mutant in mutants_of(path):
            sys.stdout.write(json.dumps(mutant) + "\n")


def mutants_of(path: str) -> Iterator[dict[str, Any]]:
    """Yield each way to change one file, as a span of bytes and what shall stand there."""
    source = Path(path).read_bytes()
    wrapper = MetadataWrapper(libcst.parse_module(source), unsafe_skip_copy=True)
    places = wrapper.resolve(PositionProvider)
    spans = wrapper.resolve(ByteSpanPositionProvider)
    seen: set[tuple[int, int, bytes]] = set()
    for node, scope in _walk(wrapper.module, ()):
        for operator, changed in _changes(node):
            if node not in spans:
                continue
            if isinstance(node, libcst.BaseCompoundStatement):
                edit = _rewritten(source, wrapper.module.deep_replace(node, changed).bytes)
            else:
                span = spans[node]
                text = _text(wrapper.module, changed)
                edit = (span.start, span.start + span.length, text.encode())
            if edit in seen or not _is_code(source, edit):
                continue
            seen.add(edit)
            yield {
                "path": path,
                "line": places[node].start.line,
                "scope": ".".join(scope),
                "operator": operator,
                "start": edit[0],
                "end": edit[1],
                "text": edit[2].decode(),
            }


def _walk(node: Any, scope: tuple[str, ...]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    if isinstance(node, _LEFT_OUT) or _is_plain_call(node):
        return
    yield node, scope
    inner = scope
    if isinstance(node, libcst.FunctionDef | libcst.ClassDef):
        inner = (*scope, node.name.value)
    for child in node.children:
        yield from _walk(child, inner)


def _is_plain_call(node: Any) -> bool:
    return (
        isinstance(node, libcst.Call)
        and isinstance(node.func, libcst.Name)
        and node.func.value in _PLAIN_CALLS
    )


def _changes(node: Any) -> Iterator[tuple[str, Any]]:
    for kind, operator in mutation_operators:
        if isinstance(node, kind):
            for changed in operator(node):
                yield operator.__name__.removeprefix("operator_"), changed


def _text(module: Any, node: Any) -> str:
    # The parentheses around a node are no part of its span, and stay where they are.
    if getattr(node, "lpar", ()):
        node = node.with_changes(lpar=(), rpar=())
    text: str = module.code_for_node(node)
    return text


def _rewritten(source: bytes, changed: bytes) -> tuple[int, int, bytes]:
    # A statement is written with its indentation, which only its module knows.
    lines, others = source.splitlines(keepends=True), changed.splitlines(keepends=True)
    first = 0
    while first < min(len(lines), len(others)) and lines[first] == others[first]:
        first += 1
    last = 0
    while last < min(len(lines), len(others)) - first and lines[-1 - last] == others[-1 - last]:
        last += 1
    start = sum(map(len, lines[:first]))
    end = len(source) - sum(map(len, lines[len(lines) - last :]))
    return start, end, b"".join(others[first : len(others) - last])


def _is_code(source: bytes, edit: tuple[int, int, bytes]) -> bool:
    changed = source[: edit[0]] + edit[2] + source[edit[1] :]
    try:
        compile(changed, "mutant", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


if __name__ == "__main__":
    main()
