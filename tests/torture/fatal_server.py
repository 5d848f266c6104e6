"""Run the server with one failpoint armed: `python -m tests.torture.fatal_server NAME:COUNT`.

Everything else is `ballast serve` itself: the same settings, composition, lifecycle and HTTP.
"""

import asyncio
import os
import sys

import uvloop

from adapters.telemetry.logs import configure_logging
from bootstrap.choices import build_broker_parts
from bootstrap.container import compose
from bootstrap.parts import Parts
from bootstrap.processes.serve import serve
from bootstrap.settings.load import load_settings
from bootstrap.settings.sections import Settings
from bootstrap.storage import build_storage
from tests.torture.failpoints import Fuse
from tests.torture.fatal_records import fatal_broker, fatal_storage


def armed(settings: Settings, fuse: Fuse) -> Parts:
    """Return the server's parts with the failpoint around its ports."""
    parts = compose(settings)
    parts.replace("bare_storage", fatal_storage(parts.of(build_storage), fuse))
    parts.replace("broker_parts", fatal_broker(parts.of(build_broker_parts), fuse))
    return parts


def main() -> None:
    """Serve until the failpoint strikes or a signal comes."""
    fuse = Fuse.parse(sys.argv[1])
    settings = load_settings(environment=dict(os.environ)).settings
    configure_logging(settings.log)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, on_ready=lambda _, __: None, parts=armed(settings, fuse)))


if __name__ == "__main__":
    main()
