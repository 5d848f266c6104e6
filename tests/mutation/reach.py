"""Learn which tests run which functions, by running them once and watching the calls."""

import json
import sys
import threading
import time
from bisect import bisect_right
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.mutation.areas import ROOT
from tests.mutation.bodies import spans_of

_PRODUCT = tuple(
    f"{ROOT}/{name}/" for name in ("domain", "ports", "application", "adapters", "bootstrap")
)


@dataclass(frozen=True, slots=True)
class Reach:
    """What one test runs: functions as `path:line`, files as `path`; and what it costs."""

    test: str
    runs: frozenset[str]
    cpu_s: float
    failed: bool


@dataclass(slots=True, eq=False)
class Watch:
    """Note the product's functions that are called, while it is on."""

    called: set[str] = field(default_factory=set)
    _known: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _kept: list[Any] = field(default_factory=list)
    _lines: dict[str, list[int]] = field(default_factory=dict)

    def on(self) -> None:
        """Watch every thread from now on."""
        threading.setprofile(self._hear)
        sys.setprofile(self._hear)

    def off(self) -> None:
        """Watch no longer."""
        sys.setprofile(None)
        threading.setprofile(None)

    def take(self) -> frozenset[str]:
        """Return what was called since this was asked before."""
        called, self.called = frozenset(self.called), set()
        return called

    def _hear(self, frame: FrameType, event: str, _: Any) -> None:
        if event != "call":
            return
        code = frame.f_code
        marks = self._known.get(id(code))
        if marks is None:
            marks = self._known[id(code)] = self._marks(code.co_filename, code.co_firstlineno)
            # An identity is a code's own only while that code lives.
            self._kept.append(code)
        self.called.update(marks)

    def _marks(self, file: str, line: int) -> tuple[str, ...]:
        if not file.startswith(_PRODUCT):
            return ()
        if file not in self._lines:
            self._lines[file] = sorted(one.first_line for one in spans_of(Path(file).read_bytes()))
        lines = self._lines[file]
        place = bisect_right(lines, line) - 1
        path = file.removeprefix(f"{ROOT}/")
        # What is inside a function counts as that function.
        return (path, f"{path}:{lines[place]}") if place >= 0 else (path,)


@dataclass(slots=True, eq=False)
class Noting:
    """A pytest plugin that gives each test what it and its shared fixtures ran."""

    watch: Watch
    reaches: list[Reach] = field(default_factory=list)
    _of_fixture: dict[int, frozenset[str]] = field(default_factory=dict)
    _failed: bool = False

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, Any, Any]:
        """Keep what a shared fixture runs for every test that uses it."""
        if fixturedef.scope == "function":
            return (yield)
        before = self.watch.take()
        result = yield
        ran = self.watch.take()
        self._of_fixture[id(fixturedef)] = ran
        self.watch.called |= before | ran
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember that a test fails on what was not changed."""
        self._failed |= report.failed

    def run(self, item: Any, following: Any) -> None:
        """Run one test and note its reach."""
        self._failed = False
        begun = time.process_time()
        self.watch.on()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        self.watch.off()
        cpu_s = time.process_time() - begun
        runs = self.watch.take()
        for fixtures in item._fixtureinfo.name2fixturedefs.values():
            for one in fixtures:
                runs |= self._of_fixture.get(id(one), frozenset())
        self.reaches.append(Reach(test=item.nodeid, runs=runs, cpu_s=cpu_s, failed=self._failed))


def written(reaches: list[Reach]) -> bytes:
    """Return the reaches as bytes that `read` understands."""
    return json.dumps(
        [[one.test, sorted(one.runs), one.cpu_s, one.failed] for one in reaches]
    ).encode()


def read(said: bytes) -> list[Reach]:
    """Return the reaches that were written."""
    return [
        Reach(test=test, runs=frozenset(runs), cpu_s=cpu_s, failed=failed)
        for test, runs, cpu_s, failed in json.loads(said)
    ]
