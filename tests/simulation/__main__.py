"""Run the application under a virtual clock: `python -m tests.simulation --seeds 10000`."""

import os
from typing import Annotated

import typer
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.simulation.many import Found, Tally, run_many
from tests.simulation.run import simulate as run_seed
from tests.simulation.trace import Trace

# Enough to see what led to a failure; `--trace` shows all.
_LINES = 60


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def simulate(
    *,
    seed: Annotated[int | None, typer.Option(help="Replay this one seed, exactly.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Run so many seeds.")] = 1_000,
    start: Annotated[int, typer.Option(min=0, help="The first of them.")] = 0,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes; as many as there are cores.")
    ] = None,
    trace: Annotated[bool, typer.Option("--trace", help="With --seed: print every line.")] = False,
    steps: Annotated[bool, typer.Option("--steps", help="With --seed: print every step.")] = False,
) -> None:
    """Run the whole application under a virtual clock, with faults and crashes from a seed.

    After every step the promises are checked: no order lost or sent twice, none after a kill
    was acknowledged, ledger balanced, no limit overspent, only legal transitions. Ends with
    1 when one is broken.
    """
    if seed is not None:
        _replay(seed, whole=trace or steps, steps=steps)
    else:
        _run(start=start, seeds=seeds, jobs=jobs or os.cpu_count() or 1)


def _replay(seed: int, *, whole: bool, steps: bool) -> None:
    trace = Trace(kept=None if whole else _LINES, steps=steps)
    outcome = run_seed(seed, trace=trace)
    if whole or outcome.failure is not None:
        typer.echo(trace.text())
    said = f"seed {seed}: {outcome.steps} steps, {outcome.virtual_s:.3f} virtual seconds"
    typer.echo(f"{said}, trace {outcome.trace_hash}")
    if outcome.failure is None:
        typer.echo("every promise was kept")
        return
    typer.echo(outcome.failure.details, err=True)
    typer.echo(f"broken: {outcome.failure}", err=True)
    raise typer.Exit(1)


def _run(*, start: int, seeds: int, jobs: int) -> None:
    told: set[Found] = set()
    with Progress(
        TextColumn("simulating"),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:,.0f} seeds/minute, {task.fields[found]} violations"),
        TimeRemainingColumn(),
    ) as progress:
        task = progress.add_task("seeds", total=seeds, rate=0.0, found=0)

        def show(tally: Tally) -> None:
            progress.update(
                task,
                completed=tally.seeds,
                rate=tally.seeds_per_minute,
                found=len(tally.found),
            )
            for found in tally.found:
                if found not in told:
                    told.add(found)
                    progress.console.print(
                        f"seed {found.seed}: {found.failure}", markup=False, soft_wrap=True
                    )

        total = run_many(start=start, seeds=seeds, jobs=jobs, on_progress=show)
    figures = total.figures
    typer.echo(
        f"{total.seeds:,} seeds, {total.steps:,} steps, {figures.orders:,} orders, "
        f"{figures.fills:,} fills, {figures.latches:,} latches, {figures.parked:,} parked, "
        f"{figures.crashes:,} crashes, {figures.releases:,} releases: "
        f"{len(total.found)} violations; "
        f"{total.seeds_per_minute:,.0f} seeds/minute"
    )
    for found in total.found:
        typer.echo(f"replay with: python -m tests.simulation --seed {found.seed}", err=True)
    if total.found:
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
