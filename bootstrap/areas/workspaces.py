"""Build what keeps people's workspaces."""

from dataclasses import dataclass

from application.shared.change import Changes
from application.workspaces.keep_workspaces import KeepWorkspaces
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.system import System


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceParts:
    """The facade."""

    facade: KeepWorkspaces


def build(*, settings: Settings, storage: Storage, system: System) -> WorkspaceParts:
    """Build the use cases."""
    changes = Changes(works=storage.works, clock=system.clock, ids=system.ids)
    facade = KeepWorkspaces(changes=changes, allowed=settings.workspaces.per_user_max)
    return WorkspaceParts(facade=facade)
