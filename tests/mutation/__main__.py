"""Try drawn mutants: `python -m tests.mutation --tools .venv-mutate/bin --only risk --sample 200`.

mutmut writes and tries them, as `[tool.mutmut]` in pyproject.toml says; it has no draw of its own.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tests.mutation.sample import AREAS, Tally, drawn, names_of

OUT = Path("out/mutation")
# mutmut tries what a pattern names, and before that writes mutants and learns what tests run.
_NOTHING = "nothing.*"


def main() -> int:
    """Try the areas that are asked for; 1 when one misses its goal beyond the draw's doubt."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=Path, required=True, help="where mutmut lies")
    parser.add_argument("--only", default=",".join(AREAS), help="areas, by commas")
    parser.add_argument("--sample", type=int, default=200, help="draw so many of each area")
    parser.add_argument("--seed", type=int, default=1, help="what the draw depends on")
    asked = parser.parse_args()
    areas = asked.only.split(",")
    if wrong := [area for area in areas if area not in AREAS]:
        parser.error(f"no such area: {', '.join(wrong)}; there are {', '.join(AREAS)}")
    mutmut = asked.tools / "mutmut"
    prepared = _run(mutmut, "run", _NOTHING)
    made = _results(mutmut)
    if "nothing matches" not in prepared or not made:
        sys.stderr.write(prepared[-4_000:])
        return 1
    OUT.mkdir(parents=True, exist_ok=True)
    missed = False
    for area in areas:
        names = names_of(area, made)
        chosen = drawn(names, sample=asked.sample, seed=asked.seed)
        _run(mutmut, "run", *chosen)
        tried = _results(mutmut)
        tally = Tally(area=area, of=len(names), fates={one: tried[one] for one in chosen})
        sys.stdout.write(tally.as_text())
        sys.stdout.flush()
        diffs = [_run(mutmut, "show", one) for one in tally.survivors()]
        (OUT / f"{area}.diff").write_text("\n".join(diffs))
        missed |= not tally.is_met
    return int(missed)


def _results(mutmut: Path) -> dict[str, str]:
    """Return the fate of every mutant."""
    lines = _run(mutmut, "results", "--all", "true").splitlines()
    return dict(line.strip().split(": ", 1) for line in lines if "__mutmut_" in line)


def _run(mutmut: Path, *arguments: str) -> str:
    # A fork takes no threads along: none may be there.
    alone = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    ended = subprocess.run(
        [mutmut, *arguments],
        env={**os.environ, **alone},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ended.stdout


if __name__ == "__main__":
    sys.exit(main())
