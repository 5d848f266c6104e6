"""Build what keeps drills."""

from adapters.memory.stops import MemoryDrills
from adapters.system.drill_files import FileDrills
from application.kill_switch.keep_drills import KeepDrills
from bootstrap.identity.access_tokens import build_statements
from bootstrap.kill_switch.state import folder_of
from bootstrap.settings.sections import Settings
from bootstrap.system import System


def build_drills(settings: Settings, system: System) -> KeepDrills:
    """Keep them beside the stops, signed with the installation's key."""
    in_memory = settings.profile == "memory"
    return KeepDrills(
        log=MemoryDrills() if in_memory else FileDrills(folder_of(settings) / "drills"),
        statements=build_statements(settings, system),
        clock=system.clock,
        ids=system.ids,
    )
