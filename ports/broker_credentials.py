"""What the core needs to ask a broker about an API key."""

from dataclasses import dataclass
from typing import Protocol

from domain.secrets.api_key import Credentials, Environment, KeyPermission


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsHold:
    """The broker knows the credentials: whose money they trade, and what they may do."""

    environment: Environment
    permissions: frozenset[KeyPermission]


@dataclass(frozen=True, slots=True)
class CredentialsRefused:
    """The broker does not take them; the reason repeats no secret."""

    reason: str


class BrokerCredentials(Protocol):
    """Ask one broker what an API key is good for."""

    async def verify(self, credentials: Credentials) -> CredentialsHold | CredentialsRefused:
        """Return what the broker says; raises BrokerUnavailable, BrokerUnsure.

        Neither the answer nor an error repeats the credentials.
        """
        ...
