"""Read the project's own sources, for the tests that judge how it is built."""

import ast
import contextlib
import functools
import hashlib
import json
import os
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# What was found in a file is kept, by its content: to parse them all takes longer than any test.
_KEPT = ROOT / ".pytest_cache" / "facts"
SHIPPED = ("domain", "ports", "application", "adapters", "bootstrap")


def project() -> dict[str, Any]:
    """Read pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def contracts() -> dict[str, dict[str, Any]]:
    """Read the import contracts by their ids."""
    return {each["id"]: each for each in project()["tool"]["importlinter"]["contracts"]}


@functools.cache
def python_files(*folders: str) -> tuple[Path, ...]:
    """List the Python files under these folders, relative to the root."""
    return tuple(
        sorted(
            path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py")
        )
    )


def subpackages(folder: str) -> list[str]:
    """List the names of modules and packages that lie directly in a package."""
    return sorted(
        path.stem
        for path in (ROOT / folder).iterdir()
        if (path.is_dir() and any(path.rglob("*.py")))
        or (path.suffix == ".py" and path.stem != "__init__")
    )


@dataclass(frozen=True, slots=True)
class Facts:
    """What the tests want to know of a file: kept instead of its tree, which is large."""

    # The top-level package of each import, wherever in the file it stands.
    imports: tuple[str, ...]
    # The name, first line and length in lines of each function.
    functions: tuple[tuple[str, int, int], ...]
    # Every text that is written in it.
    texts: frozenset[str]
    # The method and the first argument of each call like `log.info("this", …)`.
    told: frozenset[tuple[str, str]]


# What is met in a tree and has nothing below it that is asked for.
_LEAVES = {str, int, float, complex, bytes, bool, type(None), type(...)} | {
    ast.Name,
    ast.Load,
    ast.Store,
    ast.Del,
}


@functools.cache
def facts(path: Path) -> Facts:
    """Read a file, once for every test that asks."""
    source = (ROOT / path).read_bytes()
    kept = _KEPT / hashlib.sha256(_reader() + source).hexdigest()
    try:
        return _unpacked(json.loads(kept.read_bytes()))
    except (OSError, ValueError):
        found = _read(source, filename=str(path))
    # A checkout that cannot be written to is read anew each time.
    with contextlib.suppress(OSError):
        _KEPT.mkdir(parents=True, exist_ok=True)
        beside = kept.with_name(f"{kept.name}.{os.getpid()}")
        beside.write_text(json.dumps(asdict(found), default=sorted))
        beside.replace(kept)
    return found


@functools.cache
def _reader() -> bytes:
    # Read in another way, or by another Python, a file may hold something else.
    return sys.version.encode() + Path(__file__).read_bytes()


def _unpacked(kept: dict[str, Any]) -> Facts:
    return Facts(
        imports=tuple(kept["imports"]),
        functions=tuple((name, line, lines) for name, line, lines in kept["functions"]),
        texts=frozenset(kept["texts"]),
        told=frozenset((method, text) for method, text in kept["told"]),
    )


def _read(source: bytes, *, filename: str) -> Facts:
    imports: list[str] = []
    functions: list[tuple[str, int, int]] = []
    texts: set[str] = set()
    told: set[tuple[str, str]] = set()
    for node in _nodes(ast.parse(source, filename=filename)):
        match node:
            case ast.Constant(value=str(text)):
                texts.add(text)
            case ast.Call(
                func=ast.Attribute(attr=method), args=[ast.Constant(value=str(text)), *_]
            ):
                told.add((method, text))
            case ast.Import():
                imports += (alias.name.partition(".")[0] for alias in node.names)
            case ast.ImportFrom():
                imports.append("." * node.level or str(node.module).partition(".")[0])
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                functions.append((node.name, node.lineno, lines))
            case _:
                pass
    return Facts(
        imports=tuple(imports),
        functions=tuple(functions),
        texts=frozenset(texts),
        told=frozenset(told),
    )


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    # As ast.walk, in another order and in a third of its time: names hold nothing but leaves.
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for value in vars(node).values():
            kind = type(value)
            if kind is list:
                waiting += [item for item in value if type(item) not in _LEAVES]
            elif kind not in _LEAVES:
                waiting.append(value)
