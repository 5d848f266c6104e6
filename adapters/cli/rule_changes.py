"""`ballast rules changes` and its like: what loosens a limit and waits until somebody agrees."""

import json
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from adapters.cli.client import connect
from adapters.cli.failures import CommandFailed
from adapters.cli.output import AsJson, print_fields, print_json, print_rows

_RULES = "/risk-rules"
_ASKED_EVERY_S = 0.5
_PATH = f"{_RULES}/changes"
_LISTED = ("id", "state", "proposer", "reason", "before", "after", "expires_at", "applies_at")
_VERSIONS = ("version", "done", "actor", "proposer", "reason", "at", "state")
_CHANGED = ("id", "name", "rule_type", "threshold", "action", "version")
RuleId = Annotated[str, typer.Argument(help="The rule's id.")]
ChangeId = Annotated[str, typer.Argument(help="The change's id.")]
Reason = Annotated[str | None, typer.Option(help="Why; needed where it loosens a limit.")]
Note = Annotated[str | None, typer.Option(help="What you say about it.")]


def add_to(group: typer.Typer) -> None:
    """Add the commands to those of rules."""
    group.command("changes")(list_changes)
    group.command()(approve)
    group.command()(reject)
    group.command()(override)
    group.command()(history)
    group.command("templates")(list_templates)
    group.command("apply")(apply_template)
    group.command()(simulate)


def print_done(answer: Mapping[str, Any]) -> None:
    """Print a rule as it is now, or say that the change waits."""
    if "proposer" in answer:
        sys.stdout.write("not in force yet: it loosens a limit and waits for approval\n")
    print_fields(answer)


def list_changes(
    state: Annotated[str | None, typer.Option(help="Such as pending.")] = None,
    limit: Annotated[int, typer.Option(help="How many at most.")] = 200,
    as_json: AsJson = False,
) -> None:
    """List changes that loosen a limit."""
    found = connect().get(_PATH, limit=limit, state=state)
    if as_json:
        print_json(found)
    else:
        print_rows(found["items"], columns=_LISTED, empty="no change waits")


def approve(change_id: ChangeId, note: Note = None) -> None:
    """Approve a change that another person proposed."""
    _decide(change_id, "approve", note=note)


def reject(change_id: ChangeId, note: Note = None) -> None:
    """Reject a change, or take your own back."""
    _decide(change_id, "reject", note=note)


def override(
    rule_id: RuleId,
    threshold: Annotated[str, typer.Argument(help="The limit that holds for a while.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    hours: Annotated[float, typer.Option(help="For how long, at most 24.", max=24)] = 1.0,
) -> None:
    """Set another limit for a while; it is over by itself."""
    until = datetime.now(UTC) + timedelta(hours=hours)
    body = {"threshold": threshold, "expires_at": until.isoformat(), "reason": reason}
    print_done(connect().post(f"{_RULES}/{rule_id}/overrides", body))


def history(rule_id: RuleId, as_json: AsJson = False) -> None:
    """Show who left a rule as it was, when and why."""
    found = connect().get(f"{_RULES}/{rule_id}/history", limit=200)
    if as_json:
        print_json(found)
    else:
        print_rows(found["items"], columns=_VERSIONS, empty="no history")


def list_templates(as_json: AsJson = False) -> None:
    """List the templates of limits."""
    found = connect().get(f"{_RULES}/templates")
    if as_json:
        print_json(found)
    else:
        print_rows(found["items"], columns=("name", "summary"), empty="no templates")


def apply_template(
    name: Annotated[str, typer.Argument(help="conservative, balanced or day_trading.")],
    reason: Reason = None,
) -> None:
    """Apply a template: what it tightens at once, what it loosens once somebody has agreed."""
    body = {"reason": reason} if reason is not None else {}
    done = connect().post(f"{_RULES}/templates/{quote(name, safe='')}/apply", body)
    print_rows(done["rules"], columns=_CHANGED, empty="no rule is changed yet")
    if done["change"] is not None:
        print_done(done["change"])


def simulate(
    file: Annotated[Path, typer.Argument(help="JSON: a list of rules as they are added.")],
    since: Annotated[str, typer.Option("--from", help="Orders of this time or later, RFC 3339.")],
    until: Annotated[str, typer.Option("--to", help="Orders before this time.")],
    account: Annotated[str | None, typer.Option(help="Only of this account.")] = None,
    mode: Annotated[str, typer.Option(help="independent or sequential.")] = "independent",
) -> None:
    """Tell what other rules would have said to recorded orders."""
    try:
        rules = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as problem:
        raise CommandFailed(f"{file}: {problem}", code=2) from problem
    body = {"from": since, "to": until, "rules": rules, "mode": mode}
    if account is not None:
        body["account_id"] = account
    server = connect()
    path = f"{_RULES}/simulations/{server.post(f'{_RULES}/simulate', body)['id']}"
    while (found := server.get(path))["state"] in ("queued", "running"):
        time.sleep(_ASKED_EVERY_S)
    print_json(found)


def _decide(change_id: str, how: str, *, note: str | None) -> None:
    body = {"note": note} if note is not None else {}
    print_fields(connect().post(f"{_PATH}/{change_id}/{how}", body))
