"""Install own strategy classes where a test and its child processes find them."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from adapters.compute.own_strategies.child import GROUP

ROOT = Path(__file__).parents[3]


def install(folder: Path, sources: Mapping[str, str], *, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write each source as a module of that name, whose class Own is the entry point."""
    info = folder / "own_classes-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: own-classes\nVersion: 1\n")
    lines = "\n".join(f"{name} = own_{name}:Own" for name in sources)
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}\n")
    for name, source in sources.items():
        (folder / f"own_{name}.py").write_text(source)
    monkeypatch.syspath_prepend(folder)
    path = os.pathsep.join((str(folder), str(ROOT)))
    monkeypatch.setenv("PYTHONPATH", path)
