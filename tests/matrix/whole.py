"""Try routes, channels and commands, over whatever keeps the data."""

from collections.abc import Callable

from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage, build_postgres
from bootstrap.system import System
from tests.matrix.channels import sweep_channels
from tests.matrix.commands import sweep_commands
from tests.matrix.routes import Swept, sweep_routes
from tests.matrix.world import open_world

StorageOf = Callable[[System], Storage]


def over_postgres(url: str) -> StorageOf:
    """Return what keeps the data in a database."""

    def build(system: System) -> Storage:
        return build_postgres(settings=Settings(database_url=url), system=system)

    return build


async def sweep(storage_of: StorageOf | None = None) -> dict[str, Swept]:
    """Try everything there is."""
    async with open_world(storage_of) as world:
        channels = await sweep_channels(world)
        routes = await sweep_routes(world)
        commands = await sweep_commands(world)
    return {"routes": routes, "channels": channels, "commands": commands}
