"""Ask a paper venue that runs as a process of its own about an API key."""

import httpx
import msgspec

from adapters.brokers.paper import wire
from adapters.brokers.trusted import trusted
from domain.secrets.api_key import Credentials
from ports.broker import BrokerUnavailable, BrokerUnsure
from ports.broker_credentials import CredentialsHold, CredentialsRefused

_CONNECT_S = 2.0
_TOTAL_S = 10.0


class RemoteCredentials:
    """What a venue elsewhere says of keys (port BrokerCredentials).

    A connection for each question: they are rare, and nothing of them stays behind. No error
    repeats what was sent.
    """

    def __init__(self, *, url: str) -> None:
        self._url = url

    async def verify(self, credentials: Credentials) -> CredentialsHold | CredentialsRefused:
        """Return what the venue says; raises BrokerUnavailable, BrokerUnsure."""
        asked = wire.KeyQuestion(
            key=credentials.key, secret=credentials.secret, passphrase=credentials.passphrase
        )
        timeout = httpx.Timeout(_TOTAL_S, connect=_CONNECT_S)
        try:
            async with httpx.AsyncClient(
                timeout=timeout, verify=trusted(), trust_env=False
            ) as http:
                reply = await http.post(
                    f"{self._url}/v1/credentials", content=msgspec.json.encode(asked)
                )
        except httpx.HTTPError as problem:
            raise BrokerUnavailable(
                f"the paper venue does not answer: {type(problem).__name__}"
            ) from None
        if reply.status_code != httpx.codes.OK:
            raise BrokerUnsure(f"the paper venue answers with status {reply.status_code}")
        try:
            said = msgspec.json.decode(reply.content, type=wire.KeyAnswer)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            raise BrokerUnsure("the paper venue's answer cannot be read") from None
        if said.refused:
            return CredentialsRefused(said.refused)
        return CredentialsHold(
            environment=said.environment, permissions=frozenset(said.permissions)
        )
