"""List the settings of workspaces."""

from dataclasses import dataclass

from adapters.settings.field import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSettings:
    """Screens and layouts that people keep."""

    per_user_max: int = setting(50, "Workspaces that one user may have.", low=1, high=200)
