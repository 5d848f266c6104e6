"""What a fork says of its tests to the process that forked it."""

import os
import pickle
import struct
import time
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

_LENGTH = struct.Struct("=I")
_SAYS_EVERY_S = 0.2
_SAYS_AT_MOST = 200

# What is said: which kind it is, and what belongs to it, all of plain types but for reports.
Saying = tuple[str, Any]


class Speaker:
    """A pytest plugin that hands on what happens in a fork, many events at a time."""

    def __init__(self, config: pytest.Config, *, out: int) -> None:
        self._config = config
        self._out = out
        self._unsaid: list[Saying] = []
        self._said_at = time.monotonic()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Say how one phase of a test went."""
        if type(report) is pytest.TestReport and report.longrepr is None:
            # Almost all: whole, as every part of it is plain.
            self.say("passed", report)
            return
        hook = self._config.hook.pytest_report_to_serializable
        self.say("report", hook(config=self._config, report=report))

    def pytest_warning_recorded(
        self,
        warning_message: warnings.WarningMessage,
        when: str,
        nodeid: str,
        location: tuple[str, int, str] | None,
    ) -> None:
        """Say that a test warned."""
        text = f"{warning_message.category.__name__}: {warning_message.message}"
        where = (warning_message.filename, warning_message.lineno)
        self.say("warning", (text, where, when, nodeid, location))

    def say(self, kind: str, what: object) -> None:
        """Keep something, and write what was kept when it is much or some time has gone by."""
        self._unsaid.append((kind, what))
        late = time.monotonic() - self._said_at > _SAYS_EVERY_S
        if late or len(self._unsaid) >= _SAYS_AT_MOST:
            self.write()

    def write(self) -> None:
        """Write what was kept."""
        packed = pickle.dumps(self._unsaid, protocol=pickle.HIGHEST_PROTOCOL)
        rest = memoryview(_LENGTH.pack(len(packed)) + packed)
        while rest:
            rest = rest[os.write(self._out, rest) :]
        self._unsaid.clear()
        self._said_at = time.monotonic()


class Heard:
    """What has come from a fork so far, some of it perhaps not whole yet."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, more: bytes) -> Iterator[Saying]:
        """Yield what is whole now."""
        self._bytes += more
        while len(self._bytes) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._bytes)[0]
            if len(self._bytes) < end:
                return
            packed = bytes(self._bytes[_LENGTH.size : end])
            del self._bytes[:end]
            # It comes from a fork of this very process.
            yield from pickle.loads(packed)


def repeat(config: pytest.Config, kind: str, what: Any) -> str | None:
    """Let this process's plugins know what was said; return the test that it ended, if one."""
    if kind == "warning":
        text, (file, line), when, nodeid, location = what
        config.hook.pytest_warning_recorded.call_historic(
            kwargs={
                "warning_message": warnings.WarningMessage(text, UserWarning, file, line),
                "when": when,
                "nodeid": nodeid,
                "location": location,
            }
        )
        return None
    report = what
    if kind == "report":
        report = config.hook.pytest_report_from_serializable(config=config, data=what)
    if report.when == "setup":
        config.hook.pytest_runtest_logstart(nodeid=report.nodeid, location=report.location)
    config.hook.pytest_runtest_logreport(report=report)
    if report.when != "teardown":
        return None
    config.hook.pytest_runtest_logfinish(nodeid=report.nodeid, location=report.location)
    return str(report.nodeid)
