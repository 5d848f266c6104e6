"""Speak to Vault's HTTP API: log in, ask, and tell its refusals apart."""

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx

from ports.secrets import KeysUnavailable, KeysUnusable

CONNECT_S = 2.0
TOTAL_S = 10.0
# A token is renewed by a new login this long before it ends.
_EARLY_S = 30.0
_SEALED = 503
_THROTTLED = 429
_ANSWER_MAX = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultAddress:
    """Where Vault is and who we are to it: a token, or an AppRole's two ids."""

    url: str
    namespace: str | None = None
    mount: str = "transit"
    key: str = "ballast"
    token: str | None = field(default=None, repr=False)
    role_mount: str = "approle"
    role_id: str | None = None
    secret_id: str | None = field(default=None, repr=False)


@cache
def _trusted() -> ssl.SSLContext:
    # Read once: it holds the event loop up for twenty milliseconds.
    return httpx.create_ssl_context(trust_env=False)


class KeyAbsent(Exception):
    """Vault has nothing under that path (404)."""


class VaultRefused(Exception):
    """Vault does not do what was asked (400): the input does not fit the key."""


class VaultClient:
    """One Vault over HTTP; `start` opens nothing that is not needed, `stop` closes all."""

    def __init__(
        self,
        address: VaultAddress,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._address = address
        self._monotonic = monotonic
        self._transport = transport
        self._http: httpx.AsyncClient | None = None
        self._token: str | None = address.token
        self._ends_at: float | None = None

    def __repr__(self) -> str:
        return f"VaultClient({self._address.url})"

    async def stop(self) -> None:
        """Close every connection; the next question opens them again."""
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    async def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        """Return the data of an answer.

        Raises KeyAbsent, VaultRefused, KeysUnusable where we are not let in, and
        KeysUnavailable where it cannot answer now. No error repeats what was sent or told.
        """
        had = await self._authorised()
        reply = await self._send(method, path, body=body, token=had)
        if reply.status_code == httpx.codes.FORBIDDEN and self._address.role_id is not None:
            # Vault answers 403 for a token that has ended or was revoked: log in once more.
            if self._token == had:
                self._token = None
            reply = await self._send(method, path, body=body, token=await self._authorised())
        return self._data(reply, path)

    async def _authorised(self) -> str:
        ended = self._ends_at is not None and self._monotonic() >= self._ends_at
        if self._token is not None and not ended:
            return self._token
        address = self._address
        if address.role_id is None:
            raise KeysUnusable("neither vault.token nor vault.role_id is set")
        path = f"auth/{address.role_mount}/login"
        body = {"role_id": address.role_id, "secret_id": address.secret_id or ""}
        reply = await self._send("POST", path, body=body, token=None)
        if reply.status_code == httpx.codes.BAD_REQUEST:
            # What Vault answers to ids that are wrong or have ended.
            raise KeysUnusable("Vault does not take vault.role_id and vault.secret_id")
        said = self._json(self._checked(reply, path), path)
        try:
            token, lasts_s = (
                str(said["auth"]["client_token"]),
                float(said["auth"]["lease_duration"]),
            )
        except (KeyError, TypeError, ValueError):
            raise KeysUnavailable("Vault's answer to the login cannot be read") from None
        self._token = token
        # Zero means that it does not end.
        self._ends_at = (
            self._monotonic() + max(lasts_s - _EARLY_S, lasts_s / 2) if lasts_s else None
        )
        return token

    async def _send(
        self, method: str, path: str, *, body: Mapping[str, Any] | None, token: str | None
    ) -> httpx.Response:
        # Vault wants this header from agents and proxies; it never harms.
        headers = {"X-Vault-Request": "true"}
        if token is not None:
            headers["X-Vault-Token"] = token
        if self._address.namespace is not None:
            headers["X-Vault-Namespace"] = self._address.namespace
        try:
            return await self._client().request(method, f"/v1/{path}", json=body, headers=headers)
        except httpx.HTTPError as problem:
            detail = f"Vault does not answer at {self._address.url}: {type(problem).__name__}"
            raise KeysUnavailable(detail) from None

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(
                base_url=self._address.url,
                timeout=httpx.Timeout(TOTAL_S, connect=CONNECT_S),
                transport=self._transport,
                verify=_trusted(),
                follow_redirects=False,
                # A proxy of the environment would see the token.
                trust_env=False,
            )
        return self._http

    def _data(self, reply: httpx.Response, path: str) -> Mapping[str, Any]:
        self._checked(reply, path)
        if reply.status_code == httpx.codes.NO_CONTENT or not reply.content:
            return {}
        data = self._json(reply, path).get("data")
        return data if isinstance(data, Mapping) else {}

    def _checked(self, reply: httpx.Response, path: str) -> httpx.Response:
        """Return a good answer; raises what a bad one means."""
        status = reply.status_code
        if status < 300:
            return reply
        if status == httpx.codes.NOT_FOUND:
            raise KeyAbsent(f"Vault has nothing at {path}")
        if status == httpx.codes.FORBIDDEN:
            raise KeysUnusable(f"Vault does not let us use {path}: the token or its policy")
        if status == _SEALED:
            raise KeysUnavailable("Vault is sealed or in maintenance")
        if status == _THROTTLED or status >= 500:
            raise KeysUnavailable(f"Vault cannot answer now: status {status}")
        if status < 400:
            raise KeysUnusable("Vault sends us elsewhere: set vault.url to its active address")
        raise VaultRefused(f"Vault refuses {path}: status {status}")

    def _json(self, reply: httpx.Response, path: str) -> Mapping[str, Any]:
        try:
            if len(reply.content) > _ANSWER_MAX:
                raise ValueError
            said = reply.json()
        except (ValueError, RecursionError):
            raise KeysUnavailable(f"Vault's answer at {path} cannot be read") from None
        if not isinstance(said, Mapping):
            raise KeysUnavailable(f"Vault's answer at {path} cannot be read")
        return said
