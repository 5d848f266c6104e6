"""Try changes of what runs at import, in forks of a process that has imported no product.

The changed file is handed to Python's import as if it lay on the disk; nothing is written.
"""

import ast
import contextlib
import importlib
import sys
from collections.abc import Sequence
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest
from hypothesis import settings

from tests.mutation.areas import ROOT
from tests.mutation.forks import Ended, in_fork
from tests.mutation.hunt import OPTIONS, Stop, closeness, enough, limits, verdict_of
from tests.mutation.mutant import Mutant
from tests.mutation.reach import Reach
from tests.mutation.verdict import Fate, Verdict

OWN = ("domain", "ports", "application", "adapters", "bootstrap", "tests", "bench")
# What starting pytest and importing an area costs, in CPU seconds, where the machine is slow.
_START_S = 15.0


class Changed(SourceFileLoader):
    """Load one module from other bytes than those of its file."""

    def __init__(self, name: str, path: str, source: bytes) -> None:
        super().__init__(name, path)
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        """Return the changed module's code."""
        code: CodeType = compile(self._source, self.path, "exec", dont_inherit=True)
        return code


class Finder(MetaPathFinder):
    """Find one module changed, and leave all others to Python."""

    def __init__(self, path: str, source: bytes) -> None:
        self._name = module_of(path)
        self._loader = Changed(self._name, str(ROOT / path), source)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where the changed module comes from."""
        if fullname != self._name:
            return None
        return spec_from_file_location(fullname, self._loader.path, loader=self._loader)


class Chosen:
    """A pytest plugin that runs some tests, in the order given."""

    def __init__(self, tests: Sequence[str]) -> None:
        self._order = {test: place for place, test in enumerate(tests)}

    def pytest_collection(self) -> None:
        """Leave counterexamples as they are found."""
        settings.load_profile("mutation")

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Keep what was chosen."""
        kept = [item for item in items if item.nodeid in self._order]
        items[:] = sorted(kept, key=lambda item: self._order[item.nodeid])


def module_of(path: str) -> str:
    """Return the name under which a file is imported."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def warm_up(modules: Sequence[str]) -> None:
    """Import what is not ours and every fork would import, in the order in which it was."""
    for name in modules:
        if name.split(".")[0] not in OWN:
            # Some names stand for no module of their own, as `six.moves` does.
            with contextlib.suppress(ImportError):
                importlib.import_module(name)


@cache
def imported_by(path: Path) -> frozenset[str]:
    """Return the modules that a file names in its imports."""
    return frozenset(
        name
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.ImportFrom) and node.module
        for name in (node.module, *(f"{node.module}.{one.name}" for one in node.names))
    )


def near(mutant: Mutant, *, reaches: Sequence[Reach]) -> list[Reach]:
    """Return the tests that run its file or one that imports it, or name it themselves."""
    module = module_of(mutant.path)
    files = {mark for one in reaches for mark in one.runs if ":" not in mark}
    concerned = {mutant.path, *(one for one in files if module in imported_by(ROOT / one))}
    found = [
        (module not in imported_by(ROOT / one.test.split("::")[0]), *closeness(one), one)
        for one in reaches
        if concerned & one.runs or module in imported_by(ROOT / one.test.split("::")[0])
    ]
    return enough([one[-1] for one in sorted(found, key=lambda each: each[:3])])


def try_anew(mutant: Mutant, *, reaches: Sequence[Reach], rooms: Path) -> Verdict:
    """Import everything with one file changed, and run the tests near it."""
    chosen = near(mutant, reaches=reaches)
    if not chosen:
        return Verdict(id=mutant.id, fate=Fate.UNREACHED, by="", cpu_s=0)
    return verdict_of(mutant, run_anew(mutant.path, mutant.changed(), chosen, rooms=rooms))


def run_anew(path: str, source: bytes, chosen: Sequence[Reach], *, rooms: Path) -> Ended:
    """Run some tests in a fork that takes one file to be as given."""

    def body(saying: int) -> int:
        sys.meta_path.insert(0, Finder(path, source))
        files = sorted({one.test.split("::")[0] for one in chosen})
        plugins = [Stop(saying=saying), Chosen([one.test for one in chosen])]
        return int(pytest.main([*OPTIONS, f"--basetemp={rooms}", *files], plugins=plugins))

    cpu_s, wall_s = limits(chosen)
    return in_fork(body, cpu_s=cpu_s + _START_S, wall_s=wall_s + 6 * _START_S)
