"""List the settings of who may come in."""

from dataclasses import dataclass
from pathlib import Path

from adapters.settings.field import setting

_DAY_S = 86_400
_YEAR_S = 366 * _DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSettings:
    """Access tokens."""

    access_s: int = setting(
        300,
        "How long an access token lasts; above 300 only where http.host is this machine.",
        low=30,
        high=30 * _DAY_S,
    )
    personal_days_max: int = setting(
        366, "The longest that a personal access token may last, in days.", low=1, high=3_653
    )
    signing_key: str | None = setting(
        None,
        "The RSA key (PEM) that signs tokens; several servers need the same one."
        " Without it, one is made and kept in the data folder.",
        secret=True,
    )
    older_keys: str | None = setting(
        None,
        "Public keys (PEM, one after the other) of earlier values of token.signing_key, whose"
        " tokens are still accepted; of a key in the data folder they are kept there.",
        secret=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySettings:
    """Sessions, passwords and invitations."""

    idle_s: int = setting(
        1_800, "A session that is not used for so long is over.", low=60, high=_DAY_S
    )
    absolute_s: int = setting(
        43_200, "A session is over after so long, however much it is used.", low=60, high=7 * _DAY_S
    )
    remembered_idle_s: int = setting(
        30 * _DAY_S,
        "The same as idle_s where a log-in asks to be remembered, for that device.",
        low=60,
        high=_YEAR_S,
    )
    remembered_absolute_s: int = setting(
        30 * _DAY_S,
        "The same as absolute_s where a log-in asks to be remembered.",
        low=60,
        high=_YEAR_S,
    )
    tries_per_minute: int = setting(
        20, "Log-ins and one-time tokens tried from one network address.", low=1, high=100_000
    )
    password_length_min: int = setting(
        15,
        "The least length of a new password; below 15 only with a second factor.",
        low=8,
        high=128,
    )
    breached_file: Path | None = setting(
        None,
        "A sorted file of passwords that are refused: SHA-1 in hexadecimal (as Have I Been Pwned"
        " gives them, whole or cut) or plain, one a line.",
    )
    first_password_h: int = setting(
        72,
        "Hours for which the password lets in that the first start draws for the owner; it has to"
        " be changed by then.",
        low=1,
        high=720,
    )
    invitation_h: int = setting(
        72, "Hours for which an invitation can be accepted.", low=1, high=720
    )
    reset_min: int = setting(
        60, "Minutes for which a password reset can be used.", low=1, high=1_440
    )
    step_up_s: int = setting(
        300,
        "Sensitive actions ask anew who it is when that was last shown so long ago; above 3600"
        " only where http.host is this machine.",
        low=30,
        high=_DAY_S,
    )
    recovery_h: int = setting(
        48,
        "Hours until the second factors of a user who lost them are taken away at their request.",
        low=1,
        high=720,
    )
