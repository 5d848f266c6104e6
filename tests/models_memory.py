"""Measure how memory grows while models are loaded, run and unloaded.

`python -m tests.models_memory [--loads 200] [--runs 1000000]` prints what the process took more at
the end than after the first rounds, and ends with 1 where that is above what it may be.
"""

import argparse
import asyncio
import gc
import os
import sys
from pathlib import Path

import numpy as np

from adapters.compute.onnx.cpu import OnnxCpuEngine
from adapters.compute.onnx.examiner import OnnxExaminer
from tests.contracts.inference import drawn, rows
from tests.integration.inference.models import bytes_of, mlp

# What settles first: libraries, pools, the allocator.
WARM = 20
SHAPES = 50
LOADS_BYTES_MAX, RUNS_BYTES_MAX = 16 * 2**20, 32 * 2**20


def resident() -> int:
    """Return the bytes of memory in use."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def loads(count: int) -> int:
    """Load and unload a model of 4 MiB; return the growth after the first rounds."""
    ballast = drawn(9, 1024, 1024)
    examined = await OnnxExaminer().examine(bytes_of(mlp(unused=ballast)))
    engine, given = OnnxCpuEngine(), rows("mlp", 1, 8)
    before = 0
    for turn in range(WARM + count):
        if turn == WARM:
            before = resident()
        session = await engine.open(examined.content, examined.facts)
        await session.run(given)
        await session.close()
        del session
    return resident() - before


async def runs(count: int) -> int:
    """Run a model over rows of many lengths; return the growth after each was there once."""
    examined = await OnnxExaminer().examine(bytes_of(mlp()))
    session = await OnnxCpuEngine().open(examined.content, examined.facts)
    given = [rows("mlp", one, 1 + 7 * one) for one in range(SHAPES)]
    order = np.random.default_rng(1).integers(0, SHAPES, count)
    for one in (*given, *given):
        await session.run(one)
    before = resident()
    for place in order:
        await session.run(given[place])
    grown = resident() - before
    await session.close()
    return grown


def main() -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loads", type=int, default=200)
    parser.add_argument("--runs", type=int, default=1_000_000)
    chosen = parser.parse_args()
    grown = asyncio.run(loads(chosen.loads)), asyncio.run(runs(chosen.runs))
    sys.stdout.write(f"{chosen.loads} loads and unloads: {grown[0] / 2**20:+.1f} MiB\n")
    sys.stdout.write(f"{chosen.runs} runs of {SHAPES} shapes: {grown[1] / 2**20:+.1f} MiB\n")
    return int(grown[0] > LOADS_BYTES_MAX or grown[1] > RUNS_BYTES_MAX)


if __name__ == "__main__":
    sys.exit(main())
