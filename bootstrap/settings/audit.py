"""List the settings of the audit trail."""

from dataclasses import dataclass
from pathlib import Path

from adapters.settings.field import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSettings:
    """The audit trail: what proves it, and where it is anchored."""

    keys: str | None = setting(
        None,
        "The keys that prove audit entries, 64 hexadecimal digits each, the last of which signs;"
        " several machines need the same ones. Without them, one is made and kept in the data"
        " folder.",
        secret=True,
    )
    anchor_dir: Path | None = setting(
        None,
        "The folder that keeps the heads of the audit chains; best on a disk that whoever can"
        " write the database cannot. Without it, audit-anchor in the data folder.",
    )
