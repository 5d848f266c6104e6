"""Run the server with one failpoint armed: `python -m tests.torture.fatal_server NAME:COUNT`.

Everything else is `ballast serve` itself: the same settings, container, lifecycle and HTTP.
"""

import asyncio
import os
import sys

import uvloop
from dependency_injector import providers

from bootstrap.container import Container, build_container
from bootstrap.logging import configure_logging
from bootstrap.serve import serve
from bootstrap.settings.load import load_settings
from bootstrap.settings.sections import Settings
from tests.torture.failpoints import Fuse
from tests.torture.fatal_records import fatal_brokers, fatal_storage


def armed(settings: Settings, fuse: Fuse) -> Container:
    """Return the server's container with the failpoint around its ports."""
    container = build_container(settings)
    storage, brokers = container.bare_storage(), container.brokers()
    container.bare_storage.override(providers.Object(fatal_storage(storage, fuse)))
    container.brokers.override(providers.Object(fatal_brokers(brokers, fuse)))
    return container


def main() -> None:
    """Serve until the failpoint strikes or a signal comes."""
    fuse = Fuse.parse(sys.argv[1])
    settings = load_settings(environment=dict(os.environ)).settings
    configure_logging(settings.log)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, on_ready=lambda _, __: None, container=armed(settings, fuse)))


if __name__ == "__main__":
    main()
