"""Find what a page names, and look whether it is there: files, tests, links, commands, settings."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import typer.main
from typer.core import TyperArgument, TyperGroup

from bootstrap.cli import app
from bootstrap.settings.catalogue import catalogue
from domain.identity.access import Permission
from tests.unit.sources import ROOT, facts

_AT_THE_ROOT = {".dockerignore", "Dockerfile", "Makefile", "docker-compose.yml", "pyproject.toml"}
_FOLDERS = (
    *("adapters", "application", "bench", "bootstrap", "deploy", "docs", "domain", "examples"),
    *("ports", "requirements", "tests"),
)
_PATH = re.compile(rf"(?:{'|'.join(_FOLDERS)})/[\w./-]+|{'|'.join(map(re.escape, _AT_THE_ROOT))}")
# Where what `--only` takes is listed.
_CHOICES = ("__main__.py", "clustered.py", "network_faults.py")
_SETTING = re.compile(r"[a-z_]+\.[a-z_]+")


def quoted(text: str) -> list[str]:
    """Return what stands between back-ticks, in order."""
    return re.findall(r"`([^`\n]+)`", text)


def files_in(text: str) -> list[str]:
    """Return the files that a text names, those of tests too."""
    return [one for one in quoted(text) if _PATH.fullmatch(one)]


def shown_by(text: str) -> list[tuple[str, str]]:
    """Return the file and the function of each test that a text names."""
    found = [one.split("::") for one in quoted(text) if one.startswith("tests/") and "::" in one]
    return [(path, name) for path, name in found]


def missing_from(page: Path) -> Iterator[str]:
    """Say each thing that a page names and that is not there."""
    text = page.read_text()
    for path in files_in(text):
        if not (ROOT / path).is_file():
            yield f"no file {path}"
    for path, name in shown_by(text):
        if not _has_test(path, name):
            yield f"no test {path}::{name}"
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith("https://") and not _leads_somewhere(page, target):
            yield f"no place {target}"
    for command in quoted(text):
        if not _can_be_run(command):
            yield f"no command {command}"
    for name in quoted(text):
        if _is_setting(name) and name not in catalogue():
            yield f"no setting {name}"


def _has_test(path: str, name: str) -> bool:
    file = ROOT / path
    return file.is_file() and name in {one for one, _, _ in facts(Path(path)).functions}


def _leads_somewhere(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = page.parent / path if path else page
    if not file.exists():
        return False
    headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
    return not anchor or anchor in {_slug(heading) for heading in headings}


def _slug(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _is_setting(name: str) -> bool:
    sections = {key.partition(".")[0] for key in catalogue() if "." in key}
    others = {one.value for one in Permission}
    is_one = _SETTING.fullmatch(name) is not None and name.partition(".")[0] in sections
    return is_one and name not in others


def _can_be_run(command: str) -> bool:
    program, *words = command.split()
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
    if not (folder / "__main__.py").is_file():
        return False
    if options[:1] != ["--only"]:
        return True
    files = [folder / name for name in _CHOICES if (folder / name).is_file()]
    return any(options[1] in facts(file.relative_to(ROOT)).texts for file in files)
