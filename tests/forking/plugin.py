"""Let pytest run a suite in forks: `--forks auto`, or how many."""

import os

import pytest

from tests.forking.parent import Forks

_MOST = 8
_HAS_AFFINITY = hasattr(os, "sched_getaffinity")
# These run nothing, or talk to who sits at the terminal.
_ALONE = ("collectonly", "usepdb", "setupshow", "setuponly", "setupplan")


def forks(text: str) -> int:
    """Return how many forks are meant."""
    if text != "auto":
        return int(text)
    return min(_MOST, len(os.sched_getaffinity(0)) if _HAS_AFFINITY else os.cpu_count() or 1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.getgroup("forks").addoption(
        "--forks",
        default=0,
        metavar="N",
        type=forks,
        help="run the tests in N forks of this process, once it has collected them;"
        f" auto: one per core, {_MOST} at most",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to spread tests twice."""
    if config.getoption("forks") and config.getoption("numprocesses", None):
        raise pytest.UsageError("--forks and --numprocesses are two ways to do one thing")


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run the tests in forks, if that was asked for and there are some to share out."""
    config = session.config
    if config.getoption("forks") < 2 or any(config.getoption(option) for option in _ALONE):
        return None
    count = min(config.getoption("forks"), len(session.items))
    if count < 2 or session.testsfailed:
        return None
    # Before there are forks: they make their folders in the one that this process removes.
    # pytest has it as a fixture only, and no fixture is to be had out here.
    config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None and not config.get_verbosity():
        # The tests of several files arrive mixed.
        terminal.showfspath = False
    Forks(session, count=count).run(count)
    return True
