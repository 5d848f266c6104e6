"""Build the operator's stop from the host: by the channel, where the database is away."""

from adapters.memory.streams import MemoryWakeup
from adapters.system.stop_files import FileStops
from application.kill_switch.stop_away import StopAway
from bootstrap.kill_switch.channel import build_channel, name_of
from bootstrap.kill_switch.state import folder_of
from bootstrap.settings.sections import Settings
from bootstrap.system import build_system


def operators_stop(settings: Settings) -> StopAway:
    """Build it for whoever may write into the folder of stops; raises OSError."""
    system = build_system()
    return StopAway(
        files=FileStops(folder_of(settings) / "stops"),
        channel=build_channel(settings, own=name_of("operator")),
        here=None,
        wakeup=MemoryWakeup(),
        clock=system.clock,
        ids=system.ids,
    )
