"""Say who is connected."""

from dataclasses import dataclass

from domain.identity.tenant import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who is connected, and the token that says so: it is looked at again all the time."""

    principal: Principal
    token: str
