"""The limit on open files: raised to what may be had, never lowered, never beyond."""

import subprocess
import sys

import pytest

from adapters.http.server.descriptors import WANTED
from tests.unit.sources import ROOT

_CODE = """
import resource, sys
from adapters.http.server.descriptors import widen
soft, hard = int(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
print(widen(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(("soft", "hard", "then"), [(64, 900, 900), (64, 64, 64), (900, 900, 900)])
def test_a_process_takes_what_it_may_have(soft: int, hard: int, then: int) -> None:
    assert hard < WANTED
    done = subprocess.run(
        [sys.executable, "-c", _CODE, str(soft), str(hard)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert [int(one) for one in done.stdout.split()] == [then, then, hard]
