"""Read the console's files once: packed, under one digest, with what each page loads first."""

import functools
import gzip
import hashlib
import html
import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from adapters.http.console.paths import FILES

_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
_PAGE = "page.html"
_ENTRY = "app.js"
_LOGIN = "areas/login/login.js"
_SHELL = "shell/shell.js"
_AREAS = "areas/"
# `import … from "./x.js"` and `import "./x.js"`; what is imported when it is needed is not meant.
_IMPORT = re.compile(
    r"""^(?:import|export)\s(?:[\w$*{},\s]*?\sfrom\s)?["'](\.[^"']+)["']""", re.MULTILINE
)
_SCREEN = re.compile(r"^export const screen = \{\n(.*?)^\};$", re.MULTILINE | re.DOTALL)
_SAID = re.compile(r'^  (path|title|permission|place): ("[^"\\]*"|\d+),$', re.MULTILINE)
_MUST = ("path", "title", "permission")


class ScreenUndeclared(ValueError):
    """A screen does not say plainly where it lies, what it is called and who may see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleFile:
    """A file as it goes out, and packed."""

    body: bytes
    packed: bytes
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What a screen's file says of itself; place orders the navigation, None keeps it out."""

    path: str
    title: str
    permission: str
    place: int | None
    module: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """The console's files by their path, and the page that loads them."""

    digest: str
    files: Mapping[str, ConsoleFile]
    imports: Mapping[str, tuple[str, ...]]
    screens: tuple[Screen, ...]
    template: str

    def page(self, path: str) -> str:
        """Return the page; it tells the browser at once what the screen of the path imports."""
        first = [_ENTRY]
        if path == "/login":
            first.append(_LOGIN)
        else:
            first += [_SHELL, *(one.module for one in self.screens if _leads(one, path))]
        base = f"{FILES}{self.digest}/"
        links = "\n".join(
            f'<link rel="modulepreload" href="{base}{name}">' for name in self._imported(first)
        )
        told = json.dumps(
            [
                {
                    "path": one.path,
                    "title": one.title,
                    "permission": one.permission,
                    "place": one.place,
                    "module": one.module,
                }
                for one in self.screens
            ]
        )
        return (
            self.template.replace("{base}", base)
            .replace("{preloads}", links)
            .replace("{screens}", html.escape(told))
        )

    def _imported(self, first: Iterable[str]) -> list[str]:
        """Return modules and all that they import, each once."""
        found: dict[str, None] = {}
        waiting = list(first)
        while waiting:
            name = waiting.pop(0)
            if name not in found and name in self.files:
                found[name] = None
                waiting += self.imports.get(name, ())
        return list(found)


@functools.cache
def console() -> Console:
    """Return the console that is installed; it is read when it is first asked for."""
    return read(files(__package__))


def read(folder: Traversable) -> Console:
    """Return the console that lies in a folder; raises ScreenUndeclared."""
    bodies = dict(sorted(_walk(folder, "")))
    digest = hashlib.sha256()
    for name, body in bodies.items():
        digest.update(b"%b\0%d\0%b" % (name.encode(), len(body), body))
    return Console(
        digest=digest.hexdigest()[:16],
        files={
            name: ConsoleFile(
                body=body,
                # Without the time of day: the same file is packed to the same bytes.
                packed=gzip.compress(body, 9, mtime=0),
                media_type=_TYPES[posixpath.splitext(name)[1]],
            )
            for name, body in bodies.items()
        },
        imports={
            name: tuple(_imported(name, body.decode()))
            for name, body in bodies.items()
            if name.endswith(".js")
        },
        screens=tuple(sorted(_screens(bodies), key=lambda one: (one.place or 1_000, one.path))),
        template=folder.joinpath(_PAGE).read_text(encoding="utf-8"),
    )


def _walk(folder: Traversable, under: str) -> Iterator[tuple[str, bytes]]:
    for one in folder.iterdir():
        name = f"{under}{one.name}"
        if one.is_dir():
            yield from _walk(one, f"{name}/")
        elif posixpath.splitext(name)[1] in _TYPES:
            yield name, one.read_bytes()


def _imported(name: str, text: str) -> Iterator[str]:
    folder = posixpath.dirname(name)
    for one in _IMPORT.findall(text):
        yield posixpath.normpath(posixpath.join(folder, one))


def _screens(bodies: Mapping[str, bytes]) -> Iterator[Screen]:
    for name, body in bodies.items():
        if not name.startswith(_AREAS) or b"export const screen" not in body:
            continue
        found = _SCREEN.search(body.decode())
        said = {key: json.loads(value) for key, value in _SAID.findall(found[1] if found else "")}
        missing = [key for key in _MUST if key not in said]
        if missing:
            raise ScreenUndeclared(
                f"{name}: `export const screen = {{…}};` must say {', '.join(missing)},"
                " each on a line of its own"
            )
        yield Screen(
            path=said["path"],
            title=said["title"],
            permission=said["permission"],
            place=said.get("place"),
            module=name,
        )


def _leads(screen: Screen, path: str) -> bool:
    """Tell whether a page's path is the screen's; a part that begins with a colon is any."""
    asked = path.removeprefix("/dashboard").strip("/").split("/")
    own = screen.path.strip("/").split("/")
    return len(asked) == len(own) and all(
        mine.startswith(":") or mine == theirs for mine, theirs in zip(own, asked, strict=True)
    )
