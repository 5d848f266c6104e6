"""`ballast topics`: make what is missing in Kafka."""

import asyncio
import sys
from typing import Annotated

import typer

from bootstrap.cli.environment import loaded_settings
from bootstrap.cli.failures import UNREACHABLE, CommandFailed


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(topics)


def topics(
    partitions: Annotated[int, typer.Option(min=1, help="Of each topic that is made.")] = 12,
    replicas: Annotated[int, typer.Option(min=1, help="Of each partition.")] = 3,
) -> None:
    """Make the topics of commands, dead letters and replies that are missing."""
    settings = loaded_settings().settings.kafka
    if settings.bootstrap is None:
        raise CommandFailed("no Kafka is set: name one with BALLAST_KAFKA_BOOTSTRAP")
    from adapters.kafka.topics import make_topics
    from adapters.kafka.wire import COMMANDS, DEAD_LETTERS, REPLIES
    from bootstrap.kafka import kafka_address
    from ports.commands import TransportUnavailable

    made = make_topics(
        (COMMANDS, DEAD_LETTERS, REPLIES),
        address=kafka_address(settings),
        partitions=partitions,
        replicas=replicas,
    )
    try:
        names = asyncio.run(made)
    except TransportUnavailable as problem:
        raise CommandFailed(str(problem), code=UNREACHABLE) from problem
    sys.stdout.write(f"made: {', '.join(names)}\n" if names else "nothing is missing\n")
