"""Hold what somebody brings who wants to come in."""

from dataclasses import dataclass, field
from uuid import UUID

from domain.identity.fingerprint import Fingerprint
from domain.identity.session import Visitor


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginTry:
    """Who wants to come in, from where, and for how long.

    lasting asks for a refresh token; without, the session ends with its access token.
    """

    email: str
    password: str = field(repr=False)
    visitor: Visitor = field(default_factory=Visitor)
    trace_id: str = ""
    lasting: bool = False
    remember: bool = False
    device_token: str | None = field(default=None, repr=False)
    device_label: str = ""
    # What it begins with, for the audit trail.
    method: str = "password"
    # Which tenant's user, where several have the address.
    tenant_id: UUID | None = None
    # What the device says of itself.
    fingerprint: Fingerprint | None = None
