"""Decide at random, then take every decision again elsewhere: the same bytes, or it fails.

`python -m tests.torture.replay_decisions --count 100000` writes the records of that many
random decisions and has them replayed by fresh processes, each with another PYTHONHASHSEED,
time zone and locale. It prints what it did and ends with 1 when a single byte differs.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

from domain.risk.gate import decide
from domain.risk.record import encode, replay
from tests.torture.decisions import draw_case

ROOT = Path(__file__).parents[2]
ZONES = ("UTC", "America/New_York", "Asia/Kolkata", "Pacific/Chatham", "Europe/Lisbon")
LOCALES = ("C", "C.UTF-8", "POSIX", "de_DE.UTF-8", "tr_TR.UTF-8")
TIMEOUT_S = 1_800


def records(*, count: int, seed: int) -> Iterator[bytes]:
    """Decide that many random cases and yield their records."""
    random = Random(seed)
    for _ in range(count):
        case = draw_case(random)
        verdict = decide(case.order, rules=case.rules, situation=case.situation)
        yield encode(case.order, rules=case.rules, situation=case.situation, verdict=verdict)


def replay_file(path: Path) -> tuple[int, str]:
    """Replay every record of a file; return how many and the digest of what came out.

    Raises ValueError at the first record that comes out otherwise than it went in.
    """
    digest = hashlib.sha256()
    count = 0
    with path.open("rb") as lines:
        for line in lines:
            record = line.rstrip(b"\n")
            again = replay(record)
            if again != record:
                raise ValueError(f"record {count} differs:\n{record!r}\n{again!r}")
            digest.update(again)
            count += 1
    return count, digest.hexdigest()


def run(*, count: int, processes: int, seed: int) -> dict[str, object]:
    """Write, replay in fresh processes, and compare digests; raises ValueError."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records"
        digest = hashlib.sha256()
        approved = 0
        with path.open("wb") as written:
            for record in records(count=count, seed=seed):
                digest.update(record)
                approved += b'"verdict":{"approved":true' in record
                written.write(record + b"\n")
        expected = f"{count} {digest.hexdigest()}"
        random = Random(seed)
        for number in range(processes):
            surroundings = {
                **os.environ,
                "PYTHONHASHSEED": str(random.randint(0, 2**32 - 1)),
                "TZ": ZONES[number % len(ZONES)],
                "LC_ALL": LOCALES[number % len(LOCALES)],
            }
            child = subprocess.run(
                [sys.executable, "-m", "tests.torture.replay_decisions", "--file", str(path)],
                cwd=ROOT,
                env=surroundings,
                capture_output=True,
                text=True,
                timeout=TIMEOUT_S,
                check=False,
            )
            if child.returncode or child.stdout.strip() != expected:
                raise ValueError(f"process {number} of seed {seed}: {child.stdout}{child.stderr}")
    return {"decisions": count, "approved": approved, "processes": processes, "seed": seed}


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--seed", type=int, default=20_260_302)
    parser.add_argument("--file", type=Path, default=None)
    chosen = parser.parse_args()
    if chosen.file is not None:
        count, digest = replay_file(chosen.file)
        sys.stdout.write(f"{count} {digest}\n")
        return 0
    try:
        done = run(count=chosen.count, processes=chosen.processes, seed=chosen.seed)
    except ValueError as differs:
        sys.stderr.write(f"{differs}\n")
        return 1
    said = ", ".join(f"{name} {value}" for name, value in done.items())
    sys.stdout.write(f"{said}: all the same\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
