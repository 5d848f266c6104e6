"""List the settings of succession."""

from dataclasses import dataclass

from adapters.settings.field import setting

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessionSettings:
    """How an owner's silence is counted."""

    day_s: float = setting(
        DAY_S,
        "Seconds that a day of a plan takes. Less is for rehearsals on an installation that holds"
        " nothing: every plan on it runs that much faster.",
        low=1,
        high=DAY_S,
    )
