"""Judge one area: make its mutants, try them all, and count."""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutation.anew import near, run_anew, try_anew, warm_up
from tests.mutation.areas import ROOT, Area, files_of, suites_of
from tests.mutation.equivalents import Equivalent, stale
from tests.mutation.forks import in_fork
from tests.mutation.hunt import hunt
from tests.mutation.mutant import Mutant, by_file, drawn, make_mutants
from tests.mutation.reach import Reach, read
from tests.mutation.report import Report
from tests.mutation.verdict import Verdict, from_json

# An area is given up after so long: something is wrong with the machine, not with the tests.
_HOURS = 6 * 3600.0


class CannotJudge(Exception):
    """The tests do not say the same twice, or fail on what was not changed."""


def judge(
    area: Area,
    *,
    tools: Path,
    within: str,
    sample: int | None,
    seed: int,
    equivalents: Sequence[Equivalent],
) -> Report:
    """Try the area's mutants, or a drawn part of them."""
    files = [path for path in files_of(area) if within in path]
    every = make_mutants(files, tools=tools)
    old = stale([one for one in equivalents if one.path in files], mutants=every)
    counted = [one for one in every if not any(same.covers(one) for same in equivalents)]
    mutants = drawn(counted, sample=sample, seed=seed)
    # Where all are tried, those that are said to change nothing are held to it.
    held = [one for one in every if one not in counted] if sample is None else []
    # Of its own: pytest empties it at each start, and two areas may be judged side by side.
    with TemporaryDirectory(prefix="ballast-mutation-") as folder:
        rooms = Path(folder) / "rooms"
        verdicts, left, reaches = _hunted(area, [*mutants, *held], rooms=rooms)
        verdicts += _anew(left, reaches=reaches, rooms=rooms)
    dead = {one.id for one in verdicts if one.is_dead}
    old += [f"{one.path}:{one.line}: a test kills {one.text!r}" for one in held if one.id in dead]
    return Report(
        area=area,
        all_made=len(every),
        excused=len(every) - len(counted),
        mutants=tuple(mutants),
        verdicts={one.id: one for one in verdicts},
        stale=tuple(old),
        seed=seed,
    )


def _hunted(
    area: Area, mutants: Sequence[Mutant], *, rooms: Path
) -> tuple[list[Verdict], list[Mutant], list[Reach]]:
    ended = in_fork(
        lambda saying: hunt(suites_of(area), mutants, saying=saying, rooms=rooms),
        cpu_s=_HOURS,
        wall_s=_HOURS,
        quiet=False,
    )
    *lines, last = ended.said.splitlines() or [b"{}"]
    said = json.loads(last)
    problem = said.get("problem", f"the hunt ended {ended.code}")
    if problem:
        raise CannotJudge(problem)
    warm_up(said["modules"])
    left = frozenset(said["left"])
    return (
        [from_json(json.loads(line)["verdict"]) for line in lines],
        [one for one in mutants if one.id in left],
        read(said["reaches"].encode()),
    )


def _anew(left: Sequence[Mutant], *, reaches: Sequence[Reach], rooms: Path) -> list[Verdict]:
    verdicts = []
    for path, mutants in by_file(left).items():
        chosen = near(mutants[0], reaches=reaches)
        if chosen:
            same = run_anew(path, (ROOT / path).read_bytes(), chosen, rooms=rooms)
            if same.code != 0:
                raise CannotJudge(f"{path}: {same.said.decode()} though nothing changed")
        verdicts += [try_anew(one, reaches=reaches, rooms=rooms) for one in mutants]
    return verdicts
