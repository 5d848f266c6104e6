"""Ask for what must not stand in a command line: on the terminal, else a line of standard input."""

import sys

import typer

from adapters.cli.failures import CommandFailed

_LINE_MAX = 4_096


def asked_secret(label: str, *, again: bool = False) -> str:
    """Return what was typed unseen, or the next line of standard input; raises CommandFailed.

    again: have it typed twice on a terminal, as a new password is.
    """
    if sys.stdin.isatty():
        typed: str = typer.prompt(label, hide_input=True, confirmation_prompt=again, err=True)
        return typed
    return _line(label)


def asked(label: str) -> str:
    """Return what was typed, or the next line of standard input; raises CommandFailed."""
    if sys.stdin.isatty():
        typed: str = typer.prompt(label, err=True)
        return typed
    return _line(label)


def _line(label: str) -> str:
    read = sys.stdin.readline(_LINE_MAX)
    line = read.removesuffix("\n").removesuffix("\r")
    if not line:
        raise CommandFailed(f"{label}: expected on a line of standard input", code=2)
    return line
