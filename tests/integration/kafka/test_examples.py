"""The example that follows events reads a running server's, from a real Kafka."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from examples.follow_events import Progress
from tests.integration.bootstrap.processes import ballast, served
from tests.services.service import Service
from tests.unit.sources import ROOT

pytestmark = pytest.mark.timeout(900)

_LINE = re.compile(r"^(?P<at>\S+) (?P<whose>\S+) (?P<channel>\S+) (?P<sequence>\d+) (?P<type>\S+) ")


def until(is_so: Callable[[], bool], *, told: Callable[[], str]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, told()
        time.sleep(0.1)


@pytest.fixture
def folder(tmp_path: Path, own_kafka: Service) -> Iterator[Path]:
    """Give the data folder of a server whose events go to Kafka."""
    folder = tmp_path / "var"
    with served(folder, "--profile", "memory", BALLAST_KAFKA_BOOTSTRAP=own_kafka.url) as server:
        until(
            lambda: httpx.get(f"{server.url}/health/ready").status_code == 200,
            told=lambda: server.log.read_text()[-2_000:],
        )
        yield folder


def test_the_example_prints_every_event_of_an_order_once(
    folder: Path, own_kafka: Service, tmp_path: Path
) -> None:
    group = f"follow-{uuid4().hex[:8]}"
    submitted = _submitted(folder)
    first = _followed(own_kafka, tmp_path / "1", group=group, until_told=submitted)
    assert [line["type"] for line in first if line["subject"] == submitted][:2] == [
        "order.accepted",
        "order.submitted",
    ]
    _no_gap(first)
    # Stopped and started again it goes on behind what it committed.
    later = _submitted(folder)
    second = _followed(own_kafka, tmp_path / "2", group=group, until_told=later)
    assert submitted not in {line["subject"] for line in second if line["type"] == "order.accepted"}
    _no_gap(second)
    of_orders = [line for line in (*first, *second) if line["channel"] == "orders"]
    numbers = [int(line["sequence"]) for line in of_orders]
    # The last before the stop may be read again: at least once.
    assert set(range(1, max(numbers) + 1)) == set(numbers)


def _submitted(folder: Path) -> str:
    for _ in range(60):
        done = ballast(folder, "order", "submit", "IBM", "buy", "3", "--json")
        found = re.search(r'"id": "([0-9a-f-]{36})"', done.stdout)
        if done.returncode == 0 and found:
            return found[1]
        time.sleep(0.2)
    raise AssertionError(done.stderr)


def _followed(kafka: Service, out: Path, *, group: str, until_told: str) -> list[dict[str, str]]:
    """Run the example as its reader does, until it has told that the order is filled."""
    said = out.with_suffix(".err")
    with out.open("w") as file, said.open("w") as errors:
        process = subprocess.Popen(
            [
                sys.executable,
                "examples/follow_events.py",
                f"--bootstrap={kafka.url}",
                f"--group={group}",
            ],
            cwd=ROOT,
            stdout=file,
            stderr=errors,
        )
    try:
        until(
            lambda: f"order.filled {until_told}" in out.read_text(),
            told=lambda: (said.read_text() + out.read_text())[-2_000:],
        )
        assert process.poll() is None, said.read_text()
    finally:
        process.terminate()
        process.wait(timeout=100)
    read = []
    for line in out.read_text().splitlines():
        matched = _LINE.match(line)
        assert matched, line
        read.append({**matched.groupdict(), "subject": line.split()[-1]})
    return read


def _no_gap(lines: list[dict[str, str]]) -> None:
    last: dict[tuple[str, str], int] = {}
    for line in lines:
        stream, sequence = (line["whose"], line["channel"]), int(line["sequence"])
        assert sequence == last.get(stream, sequence - 1) + 1, line
        last[stream] = sequence


def test_a_gap_is_told_and_a_repetition_is_not() -> None:
    progress = Progress()

    def event(sequence: int, channel: str = "orders") -> dict[str, object]:
        return {
            "account_id": None,
            "tenant_id": "t",
            "channel": channel,
            "sequence": sequence,
        }

    assert progress.take(event(1))
    assert progress.take(event(1, "fills"))
    assert progress.take(event(2))
    assert not progress.take(event(1))
    with pytest.raises(ValueError, match="3 to 4 are missing"):
        progress.take(event(5))
