"""`ballast dlq`: the commands that were put aside."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, TypeVar

import typer

from adapters.cli.failures import REFUSED, UNREACHABLE, CommandFailed
from adapters.cli.output import AsJson, print_json, print_rows
from bootstrap.cli.environment import loaded_settings

T = TypeVar("T")

_LISTED = ("letter", "at", "reason", "detail", "origin")

# As long a subject as an entry of the audit trail may have without being cut.
_SUBJECT_MAX = 200

Reason = Annotated[str | None, typer.Option(help="Only those put aside for this reason.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Not more than the newest of them.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Commands that were put aside.", no_args_is_help=True)
    app.add_typer(group, name="dlq")
    group.command("list")(list_letters)
    group.command()(show)
    group.command()(replay)


def list_letters(reason: Reason = None, limit: Limit = 50, as_json: AsJson = False) -> None:
    """List what was put aside, newest first."""
    found = _with_letters(lambda letters: letters.list(limit=limit, reason=reason))
    if as_json:
        print_json(found)
    else:
        print_rows(found, columns=_LISTED, empty="nothing was put aside")


def show(letter: Annotated[str, typer.Argument(help="Its name, such as 0-17.")]) -> None:
    """Show all of one: why, from where, its headers and what it asked for."""
    print_json(_with_letters(lambda letters: letters.show(letter)))


def replay(
    letters: Annotated[list[str], typer.Argument(help="Their names, such as 0-17.")],
) -> None:
    """Put some back where they came from: they are checked again like any other command."""
    from bootstrap.cli.noting import told_trail

    put = _with_letters(lambda found: found.replay(letters))
    # Names are two numbers each; an entry holds as many as fit a line.
    told_trail(
        loaded_settings().settings,
        action="dlq.replay",
        subject=" ".join(letters)[:_SUBJECT_MAX],
        detail=(("letters", str(put)),),
    )
    sys.stdout.write(f"{put} put back\n")


def _with_letters(work: Callable[[Any], Coroutine[Any, Any, T]]) -> T:
    """Do something with the dead letters; what is in the way is told."""
    settings = loaded_settings().settings.kafka
    if settings.bootstrap is None:
        raise CommandFailed("no Kafka is set: name one with BALLAST_KAFKA_BOOTSTRAP")
    from adapters.kafka.letters import DeadLetters, NoSuchLetter
    from adapters.kafka.sink import KafkaMessageSink
    from adapters.kafka.transport import KafkaTopicLog
    from bootstrap.streams.kafka import kafka_address
    from ports.commands import TransportUnavailable

    address = kafka_address(settings)

    async def done() -> T:
        log, sink = KafkaTopicLog(address=address), KafkaMessageSink(address=address)
        return await work(DeadLetters(log=log, sink=sink))

    try:
        return asyncio.run(done())
    except NoSuchLetter as problem:
        raise CommandFailed(str(problem), code=REFUSED) from problem
    except TransportUnavailable as problem:
        raise CommandFailed(str(problem), code=UNREACHABLE) from problem
