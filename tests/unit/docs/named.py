"""Find what a page names, and look whether it is there.

Files, tests, links, commands, settings and environment variables; also inside fences.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import typer.main
from typer.core import TyperArgument, TyperGroup

from bootstrap.cli import app
from bootstrap.settings.brokers import KINDS
from bootstrap.settings.load import DECLARED
from domain.identity.access import Permission
from tests.unit.sources import ROOT, facts, python_files

_AT_THE_ROOT = {".dockerignore", "Dockerfile", "Makefile", "docker-compose.yml", "pyproject.toml"}
_FOLDERS = (
    *("adapters", "application", "bench", "bootstrap", "deploy", "docs", "domain", "examples"),
    *("ports", "requirements", "tests"),
)
_PATH = re.compile(rf"(?:{'|'.join(_FOLDERS)})/[\w./-]+|{'|'.join(map(re.escape, _AT_THE_ROOT))}")
_MEDIA = {"application/json"}
# Where what `--only` takes is listed.
_CHOICES = ("__main__.py", "clustered.py", "network_faults.py")
_SETTING = re.compile(r"[a-z_]+\.[a-z_]+")
_FENCE = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_ASSIGNED = re.compile(r"^(?:[A-Z_]+=\S+ )+")
# Where what is no setting is read: of containers, of tests.
_READ_IN = ("docker-compose.yml", "tests/services", "tests/scratch.py", "tests/strict.py")


def quoted(text: str) -> list[str]:
    """Return what stands between back-ticks, in order."""
    return re.findall(r"`([^`\n]+)`", text)


def typed(text: str) -> list[str]:
    """Return what a page shows to be typed: between back-ticks, or as a line of a fence."""
    lines = [line for block in _FENCE.findall(text) for line in block.splitlines()]
    bare = [re.split(r" +#| \|\| ", line.removeprefix("$ "))[0].strip() for line in lines]
    return [_ASSIGNED.sub("", one) for one in (*quoted(_FENCE.sub("", text)), *bare) if one]


def files_in(text: str) -> list[str]:
    """Return the files that a text names, those of tests too."""
    return [one for one in quoted(text) if _PATH.fullmatch(one) and one not in _MEDIA]


def shown_by(text: str) -> list[tuple[str, str]]:
    """Return the file and the function of each test that a text names."""
    found = [one.split("::") for one in quoted(text) if one.startswith("tests/") and "::" in one]
    return [(path, name) for path, name in found]


def missing_from(page: Path) -> Iterator[str]:
    """Say each thing that a page names and that is not there."""
    text = page.read_text()
    for path in files_in(text):
        if not (ROOT / path).is_file() and not (ROOT / path).is_dir():
            yield f"no file {path}"
    for path, name in shown_by(text):
        if not _has_test(path, name):
            yield f"no test {path}::{name}"
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith("https://") and not _leads_somewhere(page, target):
            yield f"no place {target}"
    for command in typed(text):
        if not _can_be_run(command):
            yield f"no command {command}"
    yield from _unset(text)


def _unset(text: str) -> Iterator[str]:
    for variable in sorted(set(re.findall(r"\bBALLAST_[A-Z_]+[A-Z]\b", text))):
        if variable not in _variables():
            yield f"no variable {variable}"
    for name in quoted(text):
        if _is_setting(name) and name not in DECLARED.catalogue:
            yield f"no setting {name}"


def _has_test(path: str, name: str) -> bool:
    file = ROOT / path
    return file.is_file() and name in {one for one, _, _ in facts(Path(path)).functions}


def _leads_somewhere(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = page.parent / path if path else page
    if not file.exists():
        return False
    if file.is_dir() or file.suffix != ".md":
        return not anchor
    headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
    return not anchor or anchor in {_slug(heading) for heading in headings}


def _slug(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@cache
def _variables() -> frozenset[str]:
    others = {
        name
        for where in map(ROOT.joinpath, _READ_IN)
        for file in ([where] if where.is_file() else where.rglob("*.py"))
        for name in re.findall(r"BALLAST_[A-Z_]+", file.read_text())
    }
    settings = [DECLARED.catalogue, *(DECLARED.broker_entries("NAME", kind) for kind in KINDS)]
    set_here = {one.variable for entries in settings for one in entries.values()}
    return frozenset(others | set_here | {*DECLARED.other_variables})


def _is_setting(name: str) -> bool:
    sections = {key.partition(".")[0] for key in DECLARED.catalogue if "." in key}
    is_one = _SETTING.fullmatch(name) is not None and name.partition(".")[0] in sections
    return is_one and name not in _told()


@cache
def _told() -> frozenset[str]:
    """Return what else has a dotted name: permissions, actions, events of the log."""
    files = python_files("adapters", "application", "bootstrap", "domain")
    return frozenset({one.value for one in Permission}.union(*(facts(one).texts for one in files)))


def _can_be_run(command: str) -> bool:
    # What may be left out stands in brackets.
    program, *words = command.replace("[", "").replace("]", "").split() or [""]
    if program == "make" and words:
        return f"\n{words[0]}:" in (ROOT / "Makefile").read_text()
    if program == "ballast" and words:
        return _is_of_the_command_line(words)
    if command.startswith("python -m tests."):
        module, *options = words[1:]
        return _chooses(module, options)
    return True


def _is_of_the_command_line(words: list[str]) -> bool:
    at: Any = _commands()
    for number, word in enumerate(words):
        if isinstance(at, TyperGroup) and not word.startswith("-"):
            if word not in at.commands:
                return False
            at = at.commands[word]
        elif word.startswith("-"):
            known = {name for parameter in at.params for name in parameter.opts}
            if word not in known:
                return False
        elif not any(isinstance(one, TyperArgument) for one in at.params):
            # A value: of the option before it.
            return words[number - 1].startswith("-")
    return True


@cache
def _commands() -> Any:
    return typer.main.get_command(app)


def _chooses(module: str, options: list[str]) -> bool:
    folder = ROOT / module.replace(".", "/")
    if folder.with_suffix(".py").is_file():
        return True
    if not (folder / "__main__.py").is_file():
        return False
    if options[:1] != ["--only"]:
        return True
    files = [folder / name for name in _CHOICES if (folder / name).is_file()]
    return any(options[1] in facts(file.relative_to(ROOT)).texts for file in files)
