"""Try changed functions in forks of a process that has collected an area's tests.

A change inside a function needs no new import: the fork gives the living function its new
code and runs the tests that ran the old one, cheapest first, until one fails.
"""

import gc
import json
import os
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any
from unittest import SkipTest

import pytest
from hypothesis import Phase, settings

from tests.mutation.areas import ROOT
from tests.mutation.bodies import Live, Span, around, code_at, live_functions, put, spans_of
from tests.mutation.forks import Ended, in_fork
from tests.mutation.mutant import Mutant, by_file
from tests.mutation.reach import Noting, Reach, Watch, read, written
from tests.mutation.verdict import Fate, Verdict

# Counterexamples are neither made small nor kept: that a test fails is all that is asked.
settings.register_profile(
    "mutation",
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
# The plugins are imported before pytest can rewrite their assertions: those are not ours.
OPTIONS = (
    *("-p", "no:terminal", "-p", "no:xdist", "-p", "no:cacheprovider"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
    # Nobody reads what differs.
    "--assert=plain",
)
# What a test raises without failing.
_NO_FAILURES = (pytest.skip.Exception, pytest.xfail.Exception, SkipTest)
# So long may tests try to kill one mutant, the nearest first, and always this many of them. What
# only a test further away would notice counts as survived.
TRIED_S = 2.0
TESTS_MIN = 40
# Less than a pipe takes at once.
_SAID_MAX = 8_000
_SAID_EVERY = 20


@dataclass(slots=True, eq=False)
class Stop:
    """A pytest plugin that ends the process at the first failure and says whose it was."""

    saying: int

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """End at what a test raises: to write a page about it takes longer than most tests."""
        raised = call.excinfo
        if raised is None or item.get_closest_marker("xfail") is not None:
            return
        if not raised.errisinstance(_NO_FAILURES):
            self.end(f"{item.nodeid}\n{raised.exconly()}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """End at a test that fails."""
        if report.failed:
            self.end(f"{report.nodeid}\n{report.longreprtext}")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """End at a module that cannot be imported."""
        if report.failed:
            self.end(f"{report.nodeid}\n{report.longreprtext}")

    def end(self, by: str) -> None:
        """Leave at once: whatever the failure left behind dies with the process."""
        os.write(self.saying, by.encode(errors="replace")[:_SAID_MAX])
        os._exit(1)


def closeness(one: Reach) -> tuple[int, float]:
    """Return how near to what it runs a test is: the less else it runs, the nearer."""
    return len(one.runs), one.cpu_s


def enough(reaches: Sequence[Reach]) -> list[Reach]:
    """Return the first of these tests, as many as one mutant gets."""
    spent_s = 0.0
    taken: list[Reach] = []
    for one in reaches:
        spent_s += one.cpu_s
        if spent_s > TRIED_S and len(taken) >= TESTS_MIN:
            break
        taken.append(one)
    return taken


def limits(reaches: Sequence[Reach]) -> tuple[float, float]:
    """Return how many seconds of CPU, and of a busy machine's time, these tests may take."""
    cpu_s = sum(one.cpu_s for one in reaches)
    return 3 + 4 * cpu_s, 12 + 12 * cpu_s + 0.2 * len(reaches)


@dataclass(slots=True, eq=False)
class Hunt:
    """A pytest plugin that tries mutants in place of running the tests."""

    mutants: Sequence[Mutant]
    tell: Callable[[Verdict], None]
    at_import: frozenset[str] = frozenset()
    reaches: list[Reach] = field(default_factory=list)
    # Left for who imports anew: what runs at import, and what could not be put in place.
    left: list[Mutant] = field(default_factory=list)
    problem: str = ""
    _items: list[Any] = field(default_factory=list)
    _killers: dict[str, list[str]] = field(default_factory=dict)

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        """Watch what the imports run."""
        settings.load_profile("mutation")
        watch = Watch()
        watch.on()
        try:
            return (yield)
        finally:
            watch.off()
            self.at_import = watch.take()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Learn what runs what, then try each mutant."""
        self._items = list(session.items)
        if session.testsfailed:
            self.problem = "a test module cannot be imported"
            return True
        self._learn()
        if not self.problem:
            live = live_functions(frozenset(str(ROOT / one.path) for one in self.mutants))
            gc.collect()
            gc.freeze()
            for path, mutants in by_file(self.mutants).items():
                self._try_file(path, mutants, live)
        return True

    def _learn(self) -> None:
        def body(saying: int) -> int:
            noting = Noting(watch=Watch())
            self._items[0].config.pluginmanager.register(noting)
            for item, following in zip(self._items, [*self._items[1:], None], strict=True):
                noting.run(item, following)
            with os.fdopen(saying, "wb") as out:
                out.write(written(noting.reaches))
            return 0

        ended = in_fork(body, cpu_s=1200, wall_s=3600)
        if ended.code != 0:
            self.problem = "the tests cannot be run"
            return
        self.reaches = read(ended.said)
        failing = [one.test for one in self.reaches if one.failed]
        self.problem = f"failing on the unchanged product: {failing}" if failing else ""

    def _try_file(self, path: str, mutants: Sequence[Mutant], live: Live) -> None:
        source = (ROOT / path).read_bytes()
        spans = spans_of(source)
        for span in spans:
            # What changes nothing must live, or every verdict on this function is worthless.
            functions = live.get((str(ROOT / path), span.first_line), [])
            same = code_at(source, file=str(ROOT / path), line=span.first_line)
            mine = [one for one in mutants if around(spans, start=one.start, end=one.end) == span]
            if not mine:
                continue
            mark = f"{path}:{span.first_line}"
            near = [one for one in self.reaches if mark in one.runs]
            if near and same is not None and functions:
                ended = self._ended(same, functions, enough(sorted(near, key=closeness)))
                if ended.code != 0:
                    self.problem = f"{mark}: {ended.said.decode()} fails though nothing changed"
                    return
            for mutant in mine:
                self._try(mutant, span, near, live)
        self.left += [one for one in mutants if around(spans, start=one.start, end=one.end) is None]

    def _try(self, mutant: Mutant, span: Span, near: list[Reach], live: Live) -> None:
        file, mark = str(ROOT / mutant.path), f"{mutant.path}:{span.first_line}"
        if not near:
            if mark in self.at_import:
                self.left.append(mutant)
            else:
                self.tell(Verdict(id=mutant.id, fate=Fate.UNREACHED, by="", cpu_s=0))
            return
        code = code_at(mutant.changed(), file=file, line=span.first_line)
        functions = live.get((file, span.first_line), [])
        if code is None or not functions:
            self.left.append(mutant)
            return
        known = self._killers.setdefault(mark, [])
        order = sorted(near, key=lambda one: (one.test not in known, *closeness(one)))
        ended = self._ended(code, functions, enough(order))
        if ended.code == 3:
            self.left.append(mutant)
            return
        by = first_line(ended.said)
        if ended.code == 0 and mark in self.at_import:
            # What it did at import was done by the old code.
            self.left.append(mutant)
            return
        if by and by not in known:
            known.append(by)
        self.tell(verdict_of(mutant, ended))

    def _ended(self, code: CodeType, functions: list[Any], near: Sequence[Reach]) -> Ended:
        by_name = {item.nodeid: item for item in self._items}
        items = [by_name[one.test] for one in near]

        def body(saying: int) -> int:
            if not put(code, functions):
                return 3
            config = items[0].config
            config.pluginmanager.register(Stop(saying=saying))
            for item, following in zip(items, [*items[1:], None], strict=True):
                config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            return 0

        cpu_s, wall_s = limits(near)
        return in_fork(body, cpu_s=cpu_s, wall_s=wall_s)


def verdict_of(mutant: Mutant, ended: Ended) -> Verdict:
    """Return what the end of its process says of a mutant."""
    fate = Fate.LATE if ended.code is None else Fate.KILLED if ended.code else Fate.SURVIVED
    return Verdict(id=mutant.id, fate=fate, by=first_line(ended.said), cpu_s=ended.cpu_s)


def first_line(said: bytes) -> str:
    """Return which test it was, without what it said."""
    return said.decode(errors="replace").partition("\n")[0]


def hunt(tests: Sequence[str], mutants: Sequence[Mutant], *, saying: int, rooms: Path) -> int:
    """Be the process that hunts: write verdicts, then what is left, as lines of JSON."""
    out = os.fdopen(saying, "w")

    # pytest takes the error output away from who runs under it.
    errors = os.dup(2)
    told = 0

    def tell(verdict: Verdict) -> None:
        nonlocal told
        told += 1
        out.write(json.dumps({"verdict": verdict.as_json()}) + "\n")
        out.flush()
        if told % _SAID_EVERY == 0:
            os.write(errors, f"{told} of {len(mutants)} tried\n".encode())

    plugin = Hunt(mutants=mutants, tell=tell)
    code = pytest.main([*OPTIONS, f"--basetemp={rooms}", *tests], plugins=[plugin])
    out.write(
        json.dumps(
            {
                "problem": plugin.problem or ("" if plugin.reaches else f"pytest ended {code}"),
                "left": [one.id for one in plugin.left],
                "reaches": written(plugin.reaches).decode(),
                "modules": list(sys.modules),
            }
        )
        + "\n"
    )
    out.close()
    return 0
