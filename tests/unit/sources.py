"""Read the project's own sources, for the tests that judge how it is built."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SHIPPED = ("domain", "ports", "application", "adapters", "bootstrap")


def project() -> dict[str, Any]:
    """Read pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def contracts() -> dict[str, dict[str, Any]]:
    """Read the import contracts by their ids."""
    return {each["id"]: each for each in project()["tool"]["importlinter"]["contracts"]}


def python_files(*folders: str) -> list[Path]:
    """List the Python files under these folders, relative to the root."""
    return sorted(
        path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py")
    )


def subpackages(folder: str) -> list[str]:
    """List the names of modules and packages that lie directly in a package."""
    return sorted(
        path.stem
        for path in (ROOT / folder).iterdir()
        if (path.is_dir() and any(path.rglob("*.py")))
        or (path.suffix == ".py" and path.stem != "__init__")
    )


def imported_packages(path: Path) -> Iterator[str]:
    """Name the top-level package of each import in a file, wherever in the file it stands."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(), filename=str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level or str(node.module).partition(".")[0]
