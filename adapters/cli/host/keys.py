"""`ballast keys`: the keys that secrets are sealed under, and those that sign tokens."""

import sys
from typing import Annotated, Any

import typer

from adapters.cli.failures import FAILED, REFUSED, CommandFailed
from adapters.cli.host.reach import host, operator_name
from adapters.cli.output import AsJson, print_json, print_rows

_LISTED = ("version", "state", "secrets", "created_at", "retired_at")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(
        help="Keys that secrets are sealed under, and that sign access tokens.",
        no_args_is_help=True,
    )
    app.add_typer(group, name="keys")
    group.command()(status)
    group.command()(rotate)
    group.command("self-test")(self_test)
    group.command()(forget)
    group.command()(new)


def status(as_json: AsJson = False) -> None:
    """List the key versions, how many secrets are under each, and whether they are at hand."""

    async def asked(parts: Any, storage: Any) -> tuple[list[dict[str, Any]], str | None]:
        await parts.vault.refresh()
        marks, counts = await storage.key_marks.all(), await storage.sealed.counts()
        rows = [
            {
                "version": mark.version,
                "state": mark.state.value,
                "secrets": counts.get(mark.version, 0),
                "created_at": mark.created_at.isoformat(),
                "retired_at": mark.retired_at.isoformat() if mark.retired_at else None,
            }
            for mark in marks
        ]
        return rows, parts.vault.why_sealed

    rows, why = host().keys(asked)
    if as_json:
        print_json({"versions": rows, "sealed": why})
    else:
        print_rows(rows, columns=_LISTED, empty="no key was ever used")
    if why is not None:
        raise CommandFailed(f"sealed: {why}", code=REFUSED)


def rotate(
    batch: Annotated[
        int, typer.Option(min=1, max=10_000, help="Secrets that are wrapped anew at once.")
    ] = 100,
) -> None:
    """Let a new key version seal and wrap every secret anew, while servers go on.

    Killed at any point, the same command finishes what it began.
    """

    async def asked(parts: Any, _: Any) -> Any:
        return await parts.turn_over(actor=operator_name(), batch=batch, say=_say)

    done = host().keys(asked)
    begun = "finished the rotation" if done.resumed else "rotated"
    retired = ", ".join(str(version) for version in done.retired) or "none"
    sys.stdout.write(
        f"{begun} to version {done.to}: {done.rewrapped} secrets wrapped anew,"
        f" retired versions: {retired}\n"
    )
    if done.unreadable:
        _tell_unreadable(done.unreadable)


def self_test() -> None:
    """Check the keys, seal and open a probe, and open every secret once."""

    async def asked(parts: Any, _: Any) -> Any:
        return await parts.self_test()

    done = host().keys(asked)
    sys.stdout.write(f"{done.opened} secrets open\n")
    if done.unreadable:
        _tell_unreadable(done.unreadable)


def forget(
    version: Annotated[int, typer.Argument(help="A retired version.")],
    sure: Annotated[
        bool, typer.Option("--sure", help="Do it: back-ups from its time open no more.")
    ] = False,
) -> None:
    """Destroy a retired key version for good."""

    async def asked(parts: Any, storage: Any) -> None:
        marks = {mark.version: mark for mark in await storage.key_marks.all()}
        known = marks.get(version)
        if known is None or known.retired_at is None:
            raise CommandFailed(f"version {version} is not retired", code=REFUSED)
        if not sure:
            raise CommandFailed(
                f"secrets in back-ups made before {known.retired_at:%Y-%m-%d %H:%M} UTC would"
                " never open again: say --sure",
                code=REFUSED,
            )
        await parts.keys.forget(version=version)

    host().keys(asked)
    sys.stdout.write(f"version {version} is forgotten\n")


def new() -> None:
    """Print a new random key, as secrets.keys takes it behind its version."""
    sys.stdout.write(f"{host().new_key()}\n")


def _say(done: Any) -> None:
    sys.stderr.write(f"version {done.to}: {done.rewrapped} wrapped anew\n")
    sys.stderr.flush()


def _tell_unreadable(places: list[Any]) -> None:
    for place in places[:20]:
        sys.stdout.write(f"unreadable: {place.table} {place.row} of tenant {place.tenant_id}\n")
    raise CommandFailed(f"{len(places)} secrets do not open", code=FAILED)
