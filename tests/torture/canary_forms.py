"""Put secrets in wherever a route takes one, rightly and wrongly."""

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from secrets import token_bytes, token_hex
from typing import Any
from uuid import uuid4

import httpx
import pyotp
import pyrage

KEYS = "/api/v1/api-keys"
KILL = "/api/v1/kill-switch"
FACTORS = "/api/v1/factors"
ADDRESSES = "/api/v1/notifications/channels"
LETTERS = "/api/v1/succession/letters"


@dataclass(slots=True, kw_only=True)
class Putting:
    """Puts canaries in and keeps all that was answered, but for what was just issued."""

    http: httpx.AsyncClient
    venue: str
    canaries: list[str] = field(default_factory=list)
    answers: dict[str, bytes] = field(default_factory=dict)
    wrongs: list[str] = field(default_factory=list)
    issued: list[str] = field(default_factory=list)

    def fresh(self) -> str:
        """Return a new canary: random letters that stand nowhere else."""
        made = f"canary{token_hex(16)}"
        self.canaries.append(made)
        return made

    async def ask(
        self, method: str, path: str, body: Any = None, *, expect: int, **given: Any
    ) -> httpx.Response:
        """Ask, and keep the answer."""
        if isinstance(body, bytes):
            given["content"] = body
        elif body is not None:
            given["json"] = body
        reply = await self.http.request(method, path, **given)
        name = f"answer {len(self.answers)}: {method} {path} {reply.status_code}"
        headers = "\n".join(f"{key}: {value}" for key, value in reply.headers.items())
        self.answers[name] = headers.encode() + b"\n\n" + reply.content
        if reply.status_code != expect:
            self.wrongs.append(f"{name}, not {expect}: {reply.text[:300]}")
        return reply

    def credentials(self) -> dict[str, str]:
        """Return credentials of canaries."""
        return {"key": self.fresh(), "secret": self.fresh(), "passphrase": self.fresh()}

    async def known(self, *permissions: str) -> dict[str, str]:
        """Return credentials that the venue has given out."""
        made = self.credentials()
        said = {**made, "permissions": list(permissions or ("read", "trade"))}
        async with httpx.AsyncClient(trust_env=False) as venue:
            (await venue.post(f"{self.venue}/admin/credentials", json=said)).raise_for_status()
        return made

    async def create(self, credentials: dict[str, str], **changes: Any) -> dict[str, Any]:
        """Keep a key; its own answer alone may show what was brought."""
        body = _body(credentials, **changes)
        key = {"Idempotency-Key": token_hex(8)}
        reply = await self.ask("POST", KEYS, body, expect=201, headers=key)
        self._issued(reply, credentials)
        await self.ask("POST", KEYS, body, expect=201, headers=key)
        shown: dict[str, Any] = reply.json()
        self.issued.append(str(shown.get("id")))
        return shown

    def _issued(self, reply: httpx.Response, credentials: dict[str, str]) -> None:
        """Take the answer of a creation out of those that must be clean."""
        if reply.json().get("credentials") != credentials:
            self.wrongs.append("the answer of a creation does not show what was brought")
        self.answers.popitem()

    def tell(self, reply: httpx.Response, *names: str) -> None:
        """Take an answer that tells something once out of those that must be clean."""
        said = reply.json()
        self.canaries.extend(str(said[name]) for name in names if name in said)
        self.answers.popitem()

    async def rotate(self, key_id: str, credentials: dict[str, str]) -> None:
        """Put new credentials in place; the answer alone may show them."""
        path = f"{KEYS}/{key_id}/rotate"
        key = {"Idempotency-Key": token_hex(8)}
        reply = await self.ask("POST", path, credentials, expect=200, headers=key)
        self._issued(reply, credentials)
        await self.ask("POST", path, credentials, expect=200, headers=key)


def _body(credentials: dict[str, str], **changes: Any) -> dict[str, Any]:
    name = token_hex(8)
    return {
        "name": name,
        "broker": "paper",
        "environment": "paper",
        **credentials,
        **changes,
    }


async def kept_and_used(put: Putting) -> None:
    """Keep a key, use every route on it, turn it over, delete it."""
    made = await put.create(await put.known())
    path = f"{KEYS}/{made['id']}"
    await put.ask("GET", path, expect=200)
    await put.ask("GET", KEYS, expect=200)
    await put.ask("PUT", path, {"name": token_hex(8)}, expect=200)
    await put.ask("POST", f"{path}/verify", expect=200)
    await put.rotate(made["id"], await put.known())
    await put.ask("POST", f"{path}/verify", expect=200)
    await put.ask("GET", f"{path}/audit-logs", expect=200)
    if len(put.issued) % 2:
        await put.ask("DELETE", path, expect=204)


async def refused_by_the_broker(put: Putting) -> None:
    """Bring what the venue does not know, or what can withdraw."""
    await put.ask("POST", KEYS, _body(put.credentials()), expect=409)
    taking = await put.known("read", "trade", "withdraw")
    await put.ask("POST", KEYS, _body(taking), expect=403)
    await put.ask("POST", KEYS, _body(await put.known(), environment="live"), expect=409)
    await put.ask("POST", KEYS, _body(await put.known(), broker="other"), expect=400)


async def malformed(put: Putting) -> None:
    """Bring bodies that cannot be read, with a secret in each."""
    good = _body(put.credentials())
    text = json.dumps(good).encode()
    for body in (
        text[:-1],
        text + put.fresh().encode(),
        json.dumps({**good, "secret": [put.fresh()]}).encode(),
        json.dumps({**good, "secret": {"x": put.fresh()}}).encode(),
        json.dumps({**good, "secret": put.fresh() * 200}).encode(),
        json.dumps({**good, "secret": f"{put.fresh()}\n"}).encode(),
        json.dumps({**good, "environment": put.fresh()}).encode(),
        json.dumps({**good, "more": put.fresh()}).encode(),
        json.dumps([put.fresh()]).encode(),
        b'"' + put.fresh().encode() + b"\xff",
    ):
        await put.ask("POST", KEYS, body, expect=400, headers={"Content-Type": "application/json"})
    await put.ask("POST", KEYS, text, expect=415, headers={"Content-Type": "text/plain"})


async def other_routes(put: Putting) -> None:
    """Guess passwords, passcodes and tokens."""
    await put.ask(
        "POST",
        "/api/v1/auth/token",
        {"email": f"{token_hex(6)}@example.com", "password": put.fresh()},
        expect=401,
    )
    await put.ask("POST", "/api/v1/auth/token", {"password": [put.fresh()]}, expect=400)
    release = {"scope": "tenant", "reason": "canary", "passcode": put.fresh()}
    await put.ask("POST", f"{KILL}/release", release, expect=400)
    # Of nobody's account: whatever else is asked of an activation stops something.
    stop = {"scope": "account", "account_id": str(uuid4()), "passcode": put.fresh()}
    await put.ask("POST", f"{KILL}/activate", stop, expect=404)
    await put.ask("PUT", f"{KILL}/passcode", {"passcode": put.fresh()}, expect=400)
    bearer = {"Authorization": f"Bearer {put.fresh()}"}
    await put.ask("GET", KEYS, expect=401, headers=bearer)


async def _joined(put: Putting) -> tuple[dict[str, str], dict[str, str]]:
    """Let somebody join and log in; return what they log in with, and show afterwards."""
    email, password = f"{token_hex(6)}@example.com", put.fresh()
    invited = await put.ask(
        "POST", "/api/v1/invitations", {"email": email, "role": "viewer"}, expect=201
    )
    put.tell(invited, "token")
    joining = {"token": invited.json()["token"], "name": "Canary", "password": password}
    await put.ask("POST", "/api/v1/auth/join", joining, expect=201)
    who = {"email": email, "password": password}
    session = await put.ask("POST", "/api/v1/auth/login", who, expect=200)
    put.tell(session, "refresh_token", "device_token", "access_token")
    return who, {"Authorization": f"Bearer {session.json()['access_token']}"}


async def where_people_are_reached(put: Putting) -> None:
    """Give addresses that are secrets, to providers that are away, and guess their codes."""
    _, bearer = await _joined(put)
    signing = base64.b64encode(token_bytes(32)).decode()
    put.canaries.append(signing)
    for channel, address in (
        ("WEBHOOK", f"http://127.0.0.1:9/hooks/{put.fresh()}#whsec_{signing}"),
        ("PUSH", f"ntfy://{put.fresh()}@127.0.0.1:9/{put.fresh()}"),
        ("EMAIL", f"{put.fresh()}@example.com"),
        ("SMS", "+15558675310"),
    ):
        asked = {"channel": channel, "address": address}
        await put.ask("PUT", ADDRESSES, asked, expect=200, headers=bearer)
        # A wrong code, and another address so soon.
        guess = {"channel": channel, "code": put.fresh()[:32]}
        await put.ask("PUT", ADDRESSES, guess, expect=400, headers=bearer)
        await put.ask("PUT", ADDRESSES, asked, expect=409, headers=bearer)
    wrong = {"channel": "PUSH", "address": f"ftp://{put.fresh()}@127.0.0.1/{put.fresh()}"}
    await put.ask("PUT", ADDRESSES, wrong, expect=400, headers=bearer)
    await put.ask("GET", ADDRESSES, expect=200, headers=bearer)


async def letters(put: Putting) -> None:
    """Keep a sealed letter, and bring letters that somebody forgot to seal."""
    owner, shared = (pyrage.x25519.Identity.generate() for _ in range(2))
    put.canaries.extend((str(owner), str(shared)))
    file = pyrage.encrypt(put.fresh().encode(), [owner.to_public(), shared.to_public()])
    sealed = base64.b64encode(file).decode()
    good = {"name": token_hex(8), "sealed_for": str(shared.to_public()), "when": "at_once"}
    made = await put.ask("POST", LETTERS, {**good, "content": sealed}, expect=201)
    await put.ask("GET", f"{LETTERS}/{made.json()['id']}", expect=200)
    bare = base64.b64encode(f"Dear all, {put.fresh()}".encode()).decode()
    for wrong in (
        {"content": bare},
        {"content": put.fresh()},
        {"content": sealed, "sealed_for": str(owner)},
        {"content": sealed, "more": put.fresh()},
    ):
        body = {**good, "name": token_hex(8), **wrong}
        await put.ask("POST", LETTERS, body, expect=400)
    key = {"recipient": str(shared), "threshold": 2, "trustees": ["Ann", "Ben"]}
    await put.ask("PUT", f"{LETTERS}/key", key, expect=400)
    async with httpx.AsyncClient(base_url=put.http.base_url, trust_env=False) as stranger:
        dead = await stranger.post(f"/succession/answer/bls_{put.fresh()}")
        put.answers[f"answer {len(put.answers)}: a dead link"] = dead.content


async def second_factors(put: Putting) -> None:
    """Let somebody join, enrol an app, log in with it, guess, and lose it."""
    who, bearer = await _joined(put)
    enrolled = await put.ask("POST", f"{FACTORS}/totp", {}, expect=201, headers=bearer)
    put.tell(enrolled, "seed")
    app = pyotp.TOTP(enrolled.json()["seed"])
    # As it would stand in a dump of the database.
    put.canaries.append(app.byte_secret().hex())
    path = f"{FACTORS}/totp/{enrolled.json()['id']}/confirm"
    await put.ask("POST", path, {"code": put.fresh()}, expect=403, headers=bearer)
    told = await put.ask("POST", path, {"code": app.now()}, expect=200, headers=bearer)
    put.answers.popitem()
    codes = told.json()["backup_codes"]
    put.canaries.extend((*codes, *(one.replace("-", "").upper() for one in codes)))
    for code, status in ((put.fresh(), 403), (codes[0], 200), (codes[0], 403)):
        opened = await put.ask("POST", "/api/v1/auth/login", who, expect=202)
        put.tell(opened, "challenge")
        challenge = opened.json()["challenge"]
        body = {"challenge": challenge, "code": code}
        let_in = await put.ask("POST", "/api/v1/auth/challenge", body, expect=status)
        if status == httpx.codes.OK:
            put.tell(let_in, "refresh_token", "device_token", "access_token")
    await put.ask("POST", "/api/v1/auth/recovery", {"challenge": challenge}, expect=202)
    await put.ask("GET", FACTORS, expect=200, headers=bearer)
    for body in ({"challenge": [put.fresh()]}, {"challenge": put.fresh(), "code": put.fresh() * 2}):
        await put.ask("POST", "/api/v1/auth/challenge", body, expect=400)
    step_up = {"code": put.fresh()}
    await put.ask("POST", "/api/v1/auth/step-up", step_up, expect=403, headers=bearer)
    await put.ask("DELETE", "/api/v1/recovery", expect=204, headers=bearer)
    await put.ask("DELETE", path.rsplit("/", 1)[0].replace("/totp", ""), expect=204, headers=bearer)


FORMS: tuple[Callable[[Putting], Awaitable[None]], ...] = (
    kept_and_used,
    refused_by_the_broker,
    malformed,
    other_routes,
    second_factors,
    where_people_are_reached,
    letters,
)
