"""`ballast mfa`: one's second factors."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli.client import connect
from adapters.cli.output import AsJson, print_json, print_rows

_LISTED = ("id", "kind", "label", "created_at", "last_used_at")
_FACTORS = "/factors"
FactorId = Annotated[str, typer.Argument(help="The factor's id.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="One's second factors.", no_args_is_help=True)
    app.add_typer(group, name="mfa")
    group.command("list")(list_factors)
    group.command()(enrol)
    group.command()(confirm)
    group.command()(remove)
    group.command("backup-codes")(backup_codes)
    group.command("cancel-recovery")(cancel_recovery)


def list_factors(as_json: AsJson = False) -> None:
    """List one's second factors."""
    found = connect().get(_FACTORS)
    if as_json:
        print_json(found)
        return
    print_rows(found["items"], columns=_LISTED, empty="no second factor")
    sys.stdout.write(f"{found['backup_codes_left']} backup codes left\n")
    if found["recovery"] is not None:
        at = found["recovery"]["effective_at"]
        sys.stdout.write(f"all are taken away at {at}: not yours? `ballast mfa cancel-recovery`\n")


def enrol(
    label: Annotated[str, typer.Option(help="How you call the app.")] = "",
    picture: Annotated[Path | None, typer.Option(help="Write the QR code here, as SVG.")] = None,
) -> None:
    """Enrol an authenticator app; its seed is shown here once."""
    told = connect().post(f"{_FACTORS}/totp", {"label": label})
    if picture is not None:
        # It shows the seed: what was there before may be open to others.
        picture.unlink(missing_ok=True)
        descriptor = os.open(picture, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(told["qr_svg"])
    sys.stdout.write(
        f"seed: {told['seed']}\n{told['uri']}\n"
        f"then, before {told['confirm_by']}: ballast mfa confirm {told['id']} CODE\n"
    )


def confirm(
    factor_id: FactorId,
    code: Annotated[str, typer.Argument(help="What the app shows now.")],
    keep_other_sessions: Annotated[
        bool,
        typer.Option("--keep-other-sessions", help="Do not end them with the first factor."),
    ] = False,
) -> None:
    """Confirm an app by its first code, and print once the backup codes."""
    asked = {"code": code, "keep_other_sessions": keep_other_sessions}
    told = connect().post(f"{_FACTORS}/totp/{factor_id}/confirm", asked)
    _print_codes(told)
    earlier = told["earlier_access"]
    sys.stderr.write(
        f"{earlier['sessions_ended']} sessions ended, {earlier['sessions_open']} others go on;"
        f" {earlier['personal_tokens']} personal access tokens go on (`ballast tokens list`)\n"
    )


def remove(factor_id: FactorId) -> None:
    """Remove a second factor."""
    connect().ask("DELETE", f"{_FACTORS}/{factor_id}")
    sys.stdout.write("removed\n")


def backup_codes() -> None:
    """Make new backup codes, and print them once; the earlier ones are void."""
    _print_codes(connect().post(f"{_FACTORS}/backup-codes"))


def cancel_recovery() -> None:
    """Keep one's factors: cancel the request to take them away."""
    connect().ask("DELETE", "/recovery")
    sys.stdout.write("canceled: if you did not ask for it, change your password\n")


def _print_codes(told: Any) -> None:
    sys.stdout.write("".join(f"{code}\n" for code in told["backup_codes"]))
