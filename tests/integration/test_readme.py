"""The README's examples work, in the order in which a newcomer types them."""

import re
import shlex
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.bootstrap.processes import Done, ballast, served
from tests.unit.sources import ROOT

# What a reader of an example relies on; ids, prices and times differ from run to run.
_TELLING = ("filled", "Small orders", "trading: STOPPED", "the kill switch is on")
_FALLBACK = re.compile(r'^(?P<command>.+) \|\| echo "exit code \$\?"$')


def _examples() -> list[tuple[str, list[str]]]:
    """Return the commands of the README's console blocks, each with the lines it shows."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ ballast "):
                found.append((line.removeprefix("$ ballast "), []))
            else:
                found[-1][1].append(line)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("readme")
    with served(folder):
        yield folder


def test_the_first_five_minutes_are_as_the_readme_shows_them(folder: Path) -> None:
    examples = _examples()
    assert len(examples) >= 9
    for typed, shown in examples:
        fallback = _FALLBACK.match(typed)
        command = fallback["command"] if fallback else typed
        done = _run(folder, command, until=[word for word in _TELLING if word in "\n".join(shown)])
        expected = [line for line in shown if line.startswith("exit code ")]
        assert f"exit code {done.returncode}" == (expected[0] if expected else "exit code 0"), (
            f"{command}: {done.stdout}{done.stderr}"
        )


def _run(folder: Path, command: str, *, until: list[str]) -> Done:
    """Run a command; a reader looks again until the market has done what is shown."""
    deadline = time.monotonic() + 100
    while True:
        done = ballast(folder, *shlex.split(command))
        said = done.stdout + done.stderr
        # A release waits for the flattening that the example before it asked for.
        early = command.startswith("kill release") and "is not done" in said
        if all(word in said for word in until) and not early:
            return done
        assert time.monotonic() < deadline, f"{command}: {until} not in {said}"
        # Only what reads may be repeated.
        assert not command.startswith(("order submit", "kill activate")), said
        time.sleep(0.3)
