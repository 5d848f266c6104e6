"""`ballast succession`: what happens when the owner falls silent."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from adapters.cli.client import connect
from adapters.cli.failures import CommandFailed
from adapters.cli.output import AsJson, print_fields, print_json, print_rows
from adapters.cli.succession_story import read_story
from domain.shared.values import InvalidValue, checked_time
from domain.succession.timeline import play

DAYS_MAX = 36_500
_PATH = "/succession"
_TRUSTEE = ("name", "is_trustee", "confirmed", "permissions", "accounts", "gets_accounts")
_TOLD = ("told", "would_tell")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="What happens when the owner falls silent.", no_args_is_help=True)
    app.add_typer(group, name="succession")
    group.callback()(_group)
    group.command()(simulate)
    group.command()(status)
    group.command("check-in")(check_in)
    group.command("dry-run")(dry_run)


def _group() -> None:
    """What happens when the owner falls silent."""


def status(as_json: AsJson = False) -> None:
    """Say how it stands: state, time left, confirmations, and who may see what."""
    found = connect().get(f"{_PATH}/status")
    if as_json:
        print_json(found)
        return
    trustees = found.pop("trustees")
    print_fields({name: value for name, value in found.items() if value not in (None, "")})
    if trustees:
        print_rows(trustees, columns=_TRUSTEE, empty="")


def check_in() -> None:
    """Say that you are well; a log-in of long ago is asked to be shown anew."""
    print_fields(connect().post(f"{_PATH}/check-in"))


def dry_run(
    to_trustees: Annotated[
        bool, typer.Option("--to-trustees", help="Send the trial's messages to them, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Walk the whole plan with messages marked as a trial."""
    steps = connect().post(f"{_PATH}/dry-run", {"to_trustees": to_trustees})["steps"]
    if as_json:
        print_json(steps)
        return
    rows = [{**one, **{name: ", ".join(one[name]) for name in _TOLD}} for one in steps]
    print_rows(rows, columns=("state", "after_days", "trading", *_TOLD), empty="")


def simulate(
    plan: Annotated[
        Path,
        typer.Option(help="JSON: the plan, flat or as `plan`, and its outages and events."),
    ],
    start: Annotated[str, typer.Option("--from", help="When it begins, ISO 8601 with a zone.")],
    days: Annotated[int, typer.Option(min=1, max=DAYS_MAX, help="For how many days.")],
    as_json: AsJson = False,
) -> None:
    """Play a plan without a server: each state, from when on, and what may be traded in it."""
    begins = _time(start)
    try:
        asked = read_story(plan.read_bytes())
        steps = play(
            asked.plan,
            start=begins,
            lasts=timedelta(days=days),
            outages=asked.outages,
            acts=asked.acts,
        )
    except (OSError, msgspec.ValidationError, InvalidValue, OverflowError) as problem:
        raise CommandFailed(f"{plan}: {problem}", code=2) from problem
    rows = [
        {"at": _text(step.at), "state": step.state.value, "trading": step.trading.value}
        for step in steps
    ]
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, columns=("at", "state", "trading"), empty="")


def _time(value: str) -> datetime:
    try:
        return checked_time(datetime.fromisoformat(value), field="--from")
    except InvalidValue as problem:
        raise CommandFailed(str(problem), code=2) from problem
    except ValueError:
        wanted = "--from: must be a time such as 2026-01-02T15:04:05Z"
        raise CommandFailed(wanted, code=2) from None


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
