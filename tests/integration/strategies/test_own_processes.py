"""Own classes that are slow, hostile or broken cost nobody but themselves."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.compute.own_strategies.processes import OwnStrategyProcesses
from ports.own_strategies import OwnStrategies, OwnStrategyFailed
from tests.contracts.own_strategies import OwnStrategiesContract, days
from tests.integration.strategies.classes import install

# Ample where nothing is to be overdue: this machine may be slow.
LONG_S, SHORT_S = 60.0, 0.5

RISING = """
class Own:
    def scores(self, bars):
        closes = [one.close for one in bars]
        later = [0.5 if b > a else 0.0 for a, b in zip(closes, closes[1:])]
        return [None, *later][:len(closes)]
"""
BROKEN = """
class Own:
    def scores(self, bars):
        raise KeyError("volume")
"""


def body(*lines: str) -> str:
    """Return a class whose scores are these lines."""
    return "\n".join(
        ("import os, sys, time", "class Own:", "    def scores(self, bars):", *lines, "")
    )


HOSTILE = {
    "endless": body("        while True: pass"),
    "asleep": body("        time.sleep(3600)"),
    "stubborn": body(
        "        import signal",
        "        [signal.signal(one, signal.SIG_IGN) for one in (15, 2, 1)]",
        "        time.sleep(3600)",
    ),
    "greedy": body("        kept = bytearray(8 * 2**30)", "        return [0] * len(bars)"),
    "leaving": body("        os._exit(3)"),
    "crashing": body("        import ctypes", "        ctypes.string_at(0)"),
    "quitting": body("        sys.exit(4)"),
    "short": body("        return [0.1]"),
    "loud": body("        return [2.0] * len(bars)"),
    "nowhere": body("        return [float('nan')] * len(bars)"),
    "wordy": body("        return ['buy'] * len(bars)"),
    "forging": body(
        "        for fd in range(3, 64):",
        "            try: os.write(fd, b'no json\\n')",
        "            except OSError: pass",
        "        time.sleep(3600)",
    ),
    "flooding": body(
        "        for fd in range(3, 64):",
        "            try:",
        "                while os.write(fd, b'x' * 65536): pass",
        "            except OSError: pass",
        "        time.sleep(3600)",
    ),
}
WHY = {
    "endless": "endless took more than 0.5 s to answer, and was killed",
    "asleep": "asleep took more than 0.5 s to answer, and was killed",
    "stubborn": "stubborn took more than 0.5 s to answer, and was killed",
    "greedy": "greedy failed: MemoryError",
    "leaving": "leaving ended with 3 instead of an answer",
    "crashing": "crashing ended by SIGSEGV instead of an answer",
    "quitting": "quitting failed: SystemExit: 4",
    "short": "short gave 1 scores for 3 bars: one each is right",
    "loud": "loud gave 2.0, which is no score from -1 to 1",
    "nowhere": "nowhere failed: ValueError",
    "wordy": "wordy failed: ValueError",
    "forging": "forging gave no answer that can be read",
    "flooding": "flooding gave an answer without an end",
}


def processes(*, answer_s: float = LONG_S, start_s: float = LONG_S) -> OwnStrategyProcesses:
    return OwnStrategyProcesses(answer_s=answer_s, start_s=start_s, memory_bytes=512 * 2**20)


class TestOwnProcesses(OwnStrategiesContract):
    @pytest.fixture
    async def own(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[OwnStrategies]:
        install(tmp_path, {"rising": RISING, "broken": BROKEN}, monkeypatch=monkeypatch)
        own = processes()
        yield own
        await own.stop()


@pytest.mark.parametrize("name", HOSTILE)
async def test_one_that_does_harm_is_killed_told_of_and_alone(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = {"rising": RISING, name: HOSTILE[name]}
    install(tmp_path, sources, monkeypatch=monkeypatch)
    short = "took more than" in WHY[name]
    own = processes(answer_s=SHORT_S if short else LONG_S)
    sound = processes()
    try:
        assert list(await sound.scores("rising", days(3))) == [None, 0.5, 0.5]
        pid = sound.pid("rising")
        with pytest.raises(OwnStrategyFailed) as told:
            await own.scores(name, days(3))
        assert WHY[name] in str(told.value)
        assert own.pid(name) is None
        # Another is asked as before, in the process that it had.
        assert list(await sound.scores("rising", days(3))) == [None, 0.5, 0.5]
        assert sound.pid("rising") == pid
    finally:
        await own.stop()
        await sound.stop()


@pytest.mark.parametrize(
    ("source", "start_s", "why"),
    [
        ("import time; time.sleep(3600)", SHORT_S, "took more than 0.5 s to load, and was killed"),
        ("raise SystemExit(1)", LONG_S, "failed: SystemExit: 1"),
        ("this is no Python", LONG_S, "failed: SyntaxError"),
        ("import nothing_like_it", LONG_S, "failed: ModuleNotFoundError"),
        ("Other = 1", LONG_S, "failed: AttributeError"),
    ],
)
async def test_one_that_cannot_be_loaded_says_why(
    source: str, start_s: float, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, {"unloadable": source}, monkeypatch=monkeypatch)
    own = processes(start_s=start_s)
    with pytest.raises(OwnStrategyFailed) as told:
        await own.scores("unloadable", days(3))
    assert why in str(told.value)
    assert own.pid("unloadable") is None


def lives(pid: int) -> bool:
    """Tell whether a process runs; one that whoever inherits it has not buried yet does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state.rsplit(")", 1)[1].split()[0] not in "ZX"


async def test_what_it_started_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = body(
        "        child = os.fork()",
        "        if not child: time.sleep(3600)",
        "        return [child / 2**23] * len(bars)",
    )
    install(tmp_path, {"forking": source}, monkeypatch=monkeypatch)
    own = processes()
    (told, *_) = await own.scores("forking", days(2))
    assert told is not None
    child = round(told * 2**23)
    assert lives(child)
    await own.stop()
    while lives(child):  # noqa: ASYNC110 - nobody tells of another's process
        await asyncio.sleep(0.01)


async def test_it_sees_no_setting_of_ours_and_fills_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BALLAST_DATABASE_URL", "postgresql://somewhere")
    filled = tmp_path / "filled"
    source = body(
        f"        path = {str(filled)!r}",
        "        import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)",
        "        try:",
        "            with open(path, 'w') as f: f.write('x' * 10)",
        "            wrote = 1",
        "        except OSError: wrote = 0",
        "        seen = any(one.startswith('BALLAST_') for one in os.environ)",
        "        return [float(seen), float(wrote)]",
    )
    install(tmp_path, {"curious": source}, monkeypatch=monkeypatch)
    own = processes()
    try:
        assert list(await own.scores("curious", days(2))) == [0.0, 0.0]
    finally:
        await own.stop()
    assert filled.stat().st_size == 0
