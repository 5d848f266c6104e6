"""`ballast firm`: stop every tenant of the installation, for whoever can read the data folder."""

import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer

from adapters.cli.failures import UNREACHABLE, CommandFailed
from adapters.cli.host.reach import host, operator_name
from adapters.cli.output import AsJson, print_json, print_rows

T = TypeVar("T")
# So long the books of all accounts are waited for.
_TIMEOUT_S = 20.0
_LISTED = ("id", "level", "cause", "reason", "actor", "engaged_at", "canceled_at")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(
        help="The whole firm, for whoever can read the data folder.", no_args_is_help=True
    )
    app.add_typer(group, name="firm")
    group.command()(stop)
    group.command()(release)
    group.command()(status)
    group.command()(key)


def stop(
    reason: Annotated[str, typer.Argument(help="Why: every tenant sees it.")] = "by the operator",
    reducing: Annotated[
        bool, typer.Option("--reducing", help="Let through what only reduces positions.")
    ] = False,
    flatten: Annotated[bool, typer.Option("--flatten", help="Close every position too.")] = False,
) -> None:
    """Stop every tenant now: nothing more is sent, open orders are cancelled."""
    from application.kill_switch.commands import Activated, ActivateKill
    from domain.audit.entry import NOBODY
    from domain.kill_switch.latch import Level

    command = ActivateKill(
        tenant_id=NOBODY,
        actor=operator_name(),
        reason=reason,
        level=Level.REDUCING if reducing else Level.HALTED,
        flatten=flatten,
    )

    async def asked(room: Any) -> Any:
        return await room.kill_switch.activate(command)

    try:
        done = _asked(asked)
    except CommandFailed as problem:
        if problem.code != UNREACHABLE:
            raise
        _stop_away(command, problem=problem)
        return
    if not isinstance(done, Activated):
        raise CommandFailed(done.problem)
    sys.stdout.write(f"stopped   {done.latch.id}\nsure in   {done.ack_ms:.0f} ms\n")


def _stop_away(command: Any, *, problem: CommandFailed) -> None:
    """Stop by the channel that needs no database; raises CommandFailed where nothing heard."""
    from domain.shared.values import InvalidValue
    from ports.storage import StorageUnavailable

    try:
        done = host().stop_away(command)
    except InvalidValue as refused:
        raise CommandFailed(f"{refused.field}: {refused.problem}", code=2) from None
    except (OSError, StorageUnavailable) as failed:
        raise CommandFailed(f"{problem}; {failed}", code=UNREACHABLE) from None
    sys.stdout.write(f"stopped   {done.latch.id}, without the database: nothing is flattened\n")
    sys.stdout.write(f"heard by  {', '.join(done.reached.heard) or 'nobody: it is kept'}\n")
    if done.reached.silent:
        sys.stdout.write(f"silent    {', '.join(done.reached.silent)}\n")


def release(
    reason: Annotated[str, typer.Argument(help="Why: it is kept.")],
    to_reducing: Annotated[
        bool, typer.Option("--to-reducing", help="Only as far as what reduces positions.")
    ] = False,
    cancel_flatten: Annotated[
        bool, typer.Option("--cancel-flatten", help="Call off a flattening that is not done.")
    ] = False,
) -> None:
    """Let the tenants trade again, if every account's books agree with its broker's."""
    from application.kill_switch.commands import (
        NothingEngaged,
        NotReconciled,
        ReleaseKill,
        Releasing,
    )
    from domain.audit.entry import NOBODY
    from domain.kill_switch.checklist import QUESTIONS
    from domain.kill_switch.latch import Level

    async def asked(room: Any) -> Any:
        return await room.kill_switch.release(
            ReleaseKill(
                tenant_id=NOBODY,
                actor=operator_name(),
                reason=reason,
                to=Level.REDUCING if to_reducing else None,
                # Whoever stands at the host answers for what the list asks.
                answers=dict.fromkeys(QUESTIONS, True),
                cancel_flatten=cancel_flatten,
                answer_s=_TIMEOUT_S,
            )
        )

    match _asked(asked):
        case NothingEngaged():
            raise CommandFailed("the firm is not stopped")
        case NotReconciled(problem=problem):
            raise CommandFailed(problem)
        case Releasing(to_confirm=waits):
            sys.stdout.write(f"kept; released once {'; '.join(waits)}\n")
        case _:
            sys.stdout.write("released\n")


def status(as_json: AsJson = False) -> None:
    """Show what of the firm is stopped."""
    from application.kill_switch.deps import describe_latch
    from domain.audit.entry import NOBODY

    async def asked(room: Any) -> list[dict[str, str]]:
        state = await room.kill_switch.state(tenant_id=NOBODY)
        return [{"id": str(one.id), **describe_latch(one)} for one in state.latches]

    found = _asked(asked)
    if as_json:
        print_json(found)
    else:
        print_rows(found, columns=_LISTED, empty="the firm is not stopped")


def key(
    email: Annotated[str, typer.Argument(help="Of the owner in whose name it acts.")],
    name: Annotated[str, typer.Argument(help="What the key is called.")] = "firm stop",
    days: Annotated[int, typer.Option(min=1, max=365, help="How long it lasts.")] = 90,
) -> None:
    """Make a key that may stop the firm, and print it once; only this command gives that right."""
    from datetime import timedelta

    from application.identity.make_firm_key import NoSuchOwner

    async def asked(room: Any) -> Any:
        return await room.firm_key(
            email=email, name=name, lasts=timedelta(days=days), actor=operator_name()
        )

    made = _asked(asked)
    if isinstance(made, NoSuchOwner):
        raise CommandFailed(f"there is not one owner with the address {email}")
    sys.stdout.write(f"{made.secret}\n")


def _asked(work: Callable[[Any], Awaitable[T]]) -> T:
    from domain.shared.values import InvalidValue

    try:
        return host().tenants(work)
    except InvalidValue as problem:
        raise CommandFailed(f"{problem.field}: {problem.problem}", code=2) from None
