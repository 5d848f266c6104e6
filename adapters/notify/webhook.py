"""Post messages to a web address of the user's, signed by the Standard Webhooks specification.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md has the
three fields, what is signed (`id.timestamp.body`), the secret (`whsec_` and base64 of 24 to 64
bytes) and what statuses mean: 2xx is a yes, 410 ends the subscription, and all else is tried
again.
"""

import base64
import binascii
import hashlib
import hmac
import json
from http import HTTPStatus

import httpx

from adapters.notify.destinations import Destinations, ForbiddenDestination
from adapters.notify.posting import post
from adapters.notify.replies import no_answer, retry_after
from domain.notifications.message import Message
from domain.shared.values import InvalidValue
from ports.notifications import NotSent, Sent
from ports.time import Clock

_KEYED = "whsec_"
SECRET_BYTES = range(24, 65)
_WANTED = (
    "must be a web address, a # and the secret that signs, such as"
    " https://desk.example.com/hooks/ballast#whsec_… (base64 of 24 to 64 bytes)"
)


class WebhookSender:
    """Signed posts; the address holds the secret behind its #, which is never sent."""

    def __init__(self, destinations: Destinations, *, clock: Clock, timeout_s: float) -> None:
        self._destinations = destinations
        self._clock = clock
        self._timeout_s = timeout_s

    def check(self, address: str) -> None:
        """Raise InvalidValue for an address that is none, has no secret, or is private."""
        self._read(address)

    async def send(self, message: Message, *, address: str) -> Sent | NotSent:
        """Post a message; the receiver knows a repetition by its webhook-id."""
        try:
            url, secret = self._read(address)
            number = await self._destinations.resolve(url)
        except InvalidValue as problem:
            return NotSent(reason=str(problem), again=False)
        except ForbiddenDestination as problem:
            return NotSent(reason=str(problem), again=problem.again)
        body = body_of(message)
        at = int(self._clock.now().timestamp())
        fields = {
            "Host": url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "User-Agent": "Ballast",
            "webhook-id": str(message.id),
            "webhook-timestamp": str(at),
            "webhook-signature": signature_of(body, id=str(message.id), at=at, secret=secret),
        }
        try:
            reply = await post(
                url.copy_with(host=number),
                body,
                fields=fields,
                timeout_s=self._timeout_s,
                tls_name=url.host,
                reads=False,
            )
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
            return no_answer(problem)
        if 200 <= reply.status < 300:
            return Sent(reference=f"status {reply.status}")
        return NotSent(
            reason=f"the receiver answered with status {reply.status}",
            again=reply.status != HTTPStatus.GONE,
            after_s=retry_after(reply.fields.get("Retry-After"), now=self._clock.now()),
        )

    def _read(self, address: str) -> tuple[httpx.URL, bytes]:
        url, _, secret = address.partition("#")
        key = read_secret(secret)
        return self._destinations.check(url, field="address"), key


def body_of(message: Message) -> bytes:
    """Return what is posted: the same bytes with every attempt."""
    told = {
        "type": message.type.value,
        "timestamp": message.at.isoformat().replace("+00:00", "Z"),
        "data": {
            "id": str(message.id),
            "priority": message.priority.value,
            "subject": message.subject,
            "text": message.text,
            "link": message.link or None,
        },
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def signature_of(body: bytes, *, id: str, at: int, secret: bytes) -> str:
    """Return the field that proves who sent the body, and when."""
    signed = b"%s.%d.%s" % (id.encode(), at, body)
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()


def read_secret(text: str) -> bytes:
    """Return the bytes of a secret such as whsec_…; raises InvalidValue, which repeats nothing."""
    try:
        key = base64.b64decode(text.removeprefix(_KEYED), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(_KEYED) or len(key) not in SECRET_BYTES:
        raise InvalidValue(field="address", problem=_WANTED)
    return key
