"""Set what holds for all suites: how many examples are tried, and whether a test may be skipped."""

import gc
import os
import signal
from collections.abc import Generator

import pytest
from hypothesis import settings

from tests.scratch import use_scratch
from tests.strict import STRICT_VARIABLE, is_strict

# The same examples every time: a suite that fails must fail again when it is run again.
settings.register_profile("quick", max_examples=25, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=1_000, deadline=None)
# `make fuzz` and a curious developer ask for the other one.
settings.load_profile(os.environ.get("BALLAST_EXAMPLES_PROFILE", "quick"))

# Before the first temporary folder is made.
use_scratch()

# Collecting garbage after every 700 objects, as is the default, took a quarter of the unit suite;
# one look through all that is alive takes a third of a second.
gc.set_threshold(50_000, 50, 1_000)
# What collecting the tests makes stays nearly whole: to look through it again and again as it
# grows took half a second before the first test could begin.
gc.disable()

# Started in a script's background, a suite is born deaf to interrupts, and so would be every
# process that it starts: some tests interrupt those.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Leave what lives until the end, the modules and the tests, out of every collection."""
    try:
        # Where xdist spreads the tests, its workers collect them, and this process nothing.
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail what would be skipped, where every test must run."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and is_strict():
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
        report.outcome = "failed"
        report.longrepr = f"{why}; with {STRICT_VARIABLE}=1 nothing may be skipped"
    return report
