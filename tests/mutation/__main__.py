"""Mutate the product: `python -m tests.mutation --tools .venv-mutate/bin --only identity`."""

import argparse
import os
import sys
from pathlib import Path

from tests.mutation.areas import AREAS, BY_NAME
from tests.mutation.equivalents import read_equivalents
from tests.mutation.judge import judge
from tests.mutation.report import Report, write_survivors

OUT = Path("out/mutation")


def main() -> int:
    """Judge the areas that are asked for; 1 when one misses its goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=Path, required=True, help="where mutmut's python lies")
    parser.add_argument("--only", default="identity,secrets,audit", help="areas, by commas")
    parser.add_argument("--files", default="", help="only files whose path holds this")
    parser.add_argument("--sample", type=int, help="draw so many mutants of each area")
    parser.add_argument("--seed", type=int, default=1, help="what the draw depends on")
    asked = parser.parse_args()
    names = asked.only.split(",")
    if wrong := [name for name in names if name not in BY_NAME]:
        parser.error(f"no such area: {', '.join(wrong)}; there are {', '.join(BY_NAME)}")
    # A fork takes no threads along: none may be there.
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    OUT.mkdir(parents=True, exist_ok=True)
    missed = False
    for area in AREAS:
        if area.name not in names:
            continue
        report: Report = judge(
            area,
            tools=asked.tools,
            within=asked.files,
            sample=asked.sample,
            seed=asked.seed,
            equivalents=read_equivalents(),
        )
        sys.stdout.write(report.as_text())
        sys.stdout.flush()
        write_survivors(report, OUT / f"{area.name}.diff")
        missed |= not report.is_met
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
