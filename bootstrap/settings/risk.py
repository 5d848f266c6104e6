"""List the settings of the risk gate."""

from dataclasses import dataclass

from adapters.settings.field import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskSettings:
    """What the gate asks of every order, beside the tenants' own rules."""

    strategies: tuple[str, ...] = setting(
        (),
        "Strategies that orders may name, beside those that an agent or a rule has the name of.",
    )
    strategy_required: bool = setting(
        False, "Deny orders that name no strategy, but for those that only reduce."
    )
    approvals: str = setting(
        "auto",
        "What loosening a limit needs beside a reason: a second member who may, a cooling time of"
        " 15 minutes, or nothing. auto: a second member where two may, else a cooling time where an"
        " account is at a live broker.",
        choices=("auto", "second_person", "cooling", "off"),
    )
