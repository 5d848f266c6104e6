"""Ask each of people's own classes in a process of its own, and kill it when it is overdue."""

import asyncio
import contextlib
import json
import math
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any

from adapters.compute.own_strategies.child import GROUP, MESSAGE_MAX
from domain.market.prices import Bar
from ports.own_strategies import OwnStrategyFailed

# All that a child gets of our surroundings: no secret and no setting.
_GIVEN = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
# An answer of BARS_KEPT scores has a few kilobytes; the whole history's of a check, some hundred.
_LINE_BYTES_MAX = 4 * 2**20


class OwnStrategyProcesses:
    """The classes of the entry points `ballast.strategies` (port OwnStrategies)."""

    def __init__(self, *, answer_s: float, start_s: float, memory_bytes: int) -> None:
        self._answer_s = answer_s
        self._start_s = start_s
        self._memory_bytes = memory_bytes
        self._children: dict[str, asyncio.subprocess.Process] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    def names(self) -> Sequence[str]:
        """Return the names, in order."""
        return sorted({one.name for one in entry_points(group=GROUP)})

    async def scores(self, name: str, bars: Sequence[Bar]) -> Sequence[float | None]:
        """Ask the class; raises OwnStrategyFailed."""
        async with self._turns.setdefault(name, asyncio.Lock()):
            try:
                child = self._children.get(name) or await self._start(name)
                answer = await self._ask(child, name=name, bars=bars)
                return _checked(answer, count=len(bars), name=name)
            except BaseException:
                # Also of who gave up waiting: what comes later would be another's answer.
                await self._kill(name)
                raise

    async def stop(self) -> None:
        """End what still runs."""
        for name in list(self._children):
            await self._kill(name)

    def pid(self, name: str) -> int | None:
        """Return the number of the process of a class, None where none runs."""
        child = self._children.get(name)
        return child.pid if child is not None else None

    async def _start(self, name: str) -> asyncio.subprocess.Process:
        if name not in self.names():
            raise OwnStrategyFailed(f"no class {name} is installed here")
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "adapters.compute.own_strategies.child",
            name,
            str(self._memory_bytes),
            str(os.getpid()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={key: os.environ[key] for key in _GIVEN if key in os.environ},
            limit=_LINE_BYTES_MAX,
            # A group of its own: what it starts ends with it.
            start_new_session=True,
        )
        self._children[name] = child
        await self._answer(child, name=name, within_s=self._start_s, doing="load")
        return child

    async def _ask(
        self, child: asyncio.subprocess.Process, *, name: str, bars: Sequence[Bar]
    ) -> Mapping[str, Any]:
        assert child.stdin is not None
        rows = [
            [
                one.closed_at.isoformat(),
                *(float(each) for each in (one.open, one.high, one.low, one.close, one.volume)),
            ]
            for one in bars
        ]
        child.stdin.write(json.dumps({"bars": rows}).encode() + b"\n")
        return await self._answer(child, name=name, within_s=self._answer_s, doing="answer")

    async def _answer(
        self, child: asyncio.subprocess.Process, *, name: str, within_s: float, doing: str
    ) -> Mapping[str, Any]:
        assert child.stdout is not None
        assert child.stdin is not None
        try:
            async with asyncio.timeout(within_s):
                with contextlib.suppress(ConnectionError):
                    await child.stdin.drain()
                line = await child.stdout.readline()
        except TimeoutError:
            problem = f"{name} took more than {within_s:g} s to {doing}, and was killed"
            raise OwnStrategyFailed(problem) from None
        except ValueError:
            raise OwnStrategyFailed(f"{name} gave an answer without an end") from None
        if not line:
            code = await child.wait()
            how = f"by {signal.Signals(-code).name}" if code < 0 else f"with {code}"
            raise OwnStrategyFailed(f"{name} ended {how} instead of an answer")
        try:
            found = json.loads(line)
        except ValueError:
            raise OwnStrategyFailed(f"{name} gave no answer that can be read") from None
        if not isinstance(found, dict):
            raise OwnStrategyFailed(f"{name} gave no answer that can be read")
        if "failed" in found:
            raise OwnStrategyFailed(f"{name} failed: {str(found['failed'])[:MESSAGE_MAX]}")
        return found

    async def _kill(self, name: str) -> None:
        child = self._children.pop(name, None)
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        if child.stdin is not None:
            child.stdin.close()
        await child.wait()


def _checked(answer: Mapping[str, Any], *, count: int, name: str) -> Sequence[float | None]:
    found = answer.get("scores")
    if not isinstance(found, list) or len(found) != count:
        told = len(found) if isinstance(found, list) else "no"
        raise OwnStrategyFailed(f"{name} gave {told} scores for {count} bars: one each is right")
    for one in found:
        number = isinstance(one, int | float) and not isinstance(one, bool)
        if one is not None and not (number and math.isfinite(one) and -1 <= one <= 1):
            raise OwnStrategyFailed(f"{name} gave {one!r}, which is no score from -1 to 1")
    return found
