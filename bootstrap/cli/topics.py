"""`ballast topics`: make what is missing in Kafka."""

import asyncio
import sys
from typing import Annotated

import typer

from adapters.cli.failures import UNREACHABLE, CommandFailed
from bootstrap.cli.environment import loaded_settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(topics)


def topics(
    partitions: Annotated[
        int | None, typer.Option(min=1, help="Of each topic, in place of its own number.")
    ] = None,
    replicas: Annotated[int | None, typer.Option(min=1, help="Of each partition.")] = None,
) -> None:
    """Make our topics that are missing: those of commands, events, heartbeats and probes."""
    settings = loaded_settings().settings.kafka
    if settings.bootstrap is None:
        raise CommandFailed("no Kafka is set: name one with BALLAST_KAFKA_BOOTSTRAP")
    from adapters.kafka.topics import TOPICS, make_topics
    from bootstrap.streams.kafka import kafka_address
    from ports.commands import TransportUnavailable

    made = make_topics(
        TOPICS,
        address=kafka_address(settings),
        partitions=partitions,
        replicas=replicas,
    )
    try:
        names = asyncio.run(made)
    except TransportUnavailable as problem:
        raise CommandFailed(str(problem), code=UNREACHABLE) from problem
    sys.stdout.write(f"made: {', '.join(names)}\n" if names else "nothing is missing\n")
