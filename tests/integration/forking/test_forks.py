"""A suite in forks tells the same as a suite in one process, and no test of it goes missing."""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.unit.sources import ROOT

MIXED = """
    import warnings
    import pytest

    @pytest.fixture
    def broken():
        raise OSError("no such thing")

    @pytest.fixture
    def untidy():
        yield
        raise OSError("left a mess")

    def test_setup(broken): ...
    def test_teardown(untidy): ...
    def test_skipped(): pytest.skip("not today")
    def test_warns(): warnings.warn("mind the gap")

    @pytest.mark.xfail(strict=True)
    def test_expected(): assert False

    @pytest.mark.parametrize("number", range(40))
    def test_number(number, tmp_path):
        print("seen", number)
        tmp_path.joinpath("own").touch(exist_ok=False)
        assert number != 33
"""


def run(folder: Path, source: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(textwrap.dedent(source))
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.forking.plugin", *arguments]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", "-p", "no:schemathesis", "--basetemp=rooms"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def told(folder: Path) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return each test with what is said of it."""
    cases = ElementTree.parse(folder / "told.xml").iter("testcase")
    return sorted(
        (case.get("name", ""), [(one.tag, one.get("message", "")) for one in case])
        for case in cases
    )


def counts(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    last = done.stdout.splitlines()[-1]
    return {kind: int(number) for number, kind in re.findall(r"(\d+) ([a-z]+)", last)}


def test_forks_tell_what_one_process_tells(tmp_path: Path) -> None:
    made = []
    for forks in ("0", "3"):
        done = run(tmp_path, MIXED, "--forks", forks, "--junitxml=told.xml", "-rs")
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Captured stdout call" in done.stdout
        assert "seen 33" in done.stdout
        assert "seen 32" not in done.stdout
        assert "mind the gap" in done.stdout
        assert re.search(r"SKIPPED \[1\] test_it.py:\d+: not today", done.stdout)
        made.append((told(tmp_path), counts(done)))
    assert made[0] == made[1]
    assert made[1][1] == {
        "failed": 1,
        "passed": 41,
        "skipped": 1,
        "xfailed": 1,
        "warning": 1,
        "errors": 2,
    }


@pytest.mark.parametrize(
    ("end", "why"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "its process ended with SIGKILL"),
        ("os._exit(5)", "its process ended with exit code 5"),
        ("os._exit(0)", "its process ended with exit code 0"),
    ],
)
def test_no_test_of_a_process_that_dies_goes_missing(tmp_path: Path, end: str, why: str) -> None:
    source = f"""
        import os, signal, pytest

        @pytest.mark.parametrize("number", range(60))
        def test_number(number):
            if number == 2:
                {end}
    """
    done = run(tmp_path, source, "--forks", "2", "--junitxml=told.xml")
    assert done.returncode == 1, done.stdout + done.stderr
    found = dict(told(tmp_path))
    assert len(found) == 60
    assert [("failure", why)] == found["test_number[2]"]
    lost = [name for name, said in found.items() if said and name != "test_number[2]"]
    # What had been given to the process and not begun: the rest of its piece.
    assert 0 < len(lost) < 20
    assert all("it was not run" in found[name][0][1] for name in lost)


def test_at_the_first_failure_all_may_stop(tmp_path: Path) -> None:
    source = """
        import pytest

        @pytest.mark.parametrize("number", range(2_000))
        def test_number(number): assert number
    """
    done = run(tmp_path, source, "--forks", "2", "-x")
    assert done.returncode == 1, done.stdout + done.stderr
    assert counts(done)["failed"] == 1
    assert counts(done)["passed"] < 1_900


@pytest.mark.parametrize(
    ("what", "code"),
    [("pytest.exit('enough', returncode=7)", 7), ("raise KeyboardInterrupt", 2)],
)
def test_a_wish_to_end_it_all_is_heard(tmp_path: Path, what: str, code: int) -> None:
    source = f"""
        import pytest

        @pytest.mark.parametrize("number", range(20))
        def test_number(number):
            if number == 7:
                {what}
    """
    assert run(tmp_path, source, "--forks", "2").returncode == code


def test_what_a_session_made_is_torn_down_in_each_fork(tmp_path: Path) -> None:
    source = """
        import os, pathlib, pytest

        @pytest.fixture(scope="session")
        def kept():
            pathlib.Path(f"made-{os.getpid()}").touch()
            yield
            pathlib.Path(f"gone-{os.getpid()}").touch()

        @pytest.mark.parametrize("number", range(40))
        def test_number(kept, number): ...
    """
    assert run(tmp_path, source, "--forks", "3").returncode == 0
    made = {one.name.removeprefix("made-") for one in tmp_path.glob("made-*")}
    assert made
    assert made == {one.name.removeprefix("gone-") for one in tmp_path.glob("gone-*")}


def test_an_error_in_the_garbage_of_the_last_test_is_no_success(tmp_path: Path) -> None:
    source = """
        import pytest

        class Ring:
            def __init__(self): self.itself = self
            def __del__(self): raise ValueError("left behind")

        @pytest.mark.parametrize("number", range(8))
        def test_number(number): Ring()
    """
    strict = ("-W", "error::pytest.PytestUnraisableExceptionWarning")
    assert run(tmp_path, source, "--forks", "2").returncode == 0
    done = run(tmp_path, source, *strict, "--forks", "2")
    assert done.returncode != 0
    assert "left behind" in done.stdout + done.stderr


def test_tests_are_spread_in_one_way_at_a_time(tmp_path: Path) -> None:
    done = run(tmp_path, MIXED, "--forks", "2", "--numprocesses", "2")
    assert done.returncode == 4
    assert "two ways to do one thing" in done.stderr
