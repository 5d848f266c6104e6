"""Do a changing request once per idempotency key."""

import hashlib
from collections.abc import Awaitable, Callable

from litestar import Response

from adapters.http.problems import MEDIA_TYPE, conflict, invalid, key_reused
from adapters.http.wire import JSON, HttpRequest, principal_of
from ports.idempotency import Answered, Claimed, IdempotencyKeys, InFlight, UsedOtherwise

KEY_MAX = 255
# Longer than any request may take: within it a repeat finds the first one in flight.
LAPSE_S = 60.0


def key_of(request: HttpRequest) -> str | None:
    """Return the idempotency key; raises the problem of a malformed one."""
    key = request.headers.get("idempotency-key")
    if key is not None and not (1 <= len(key) <= KEY_MAX and key.isascii() and key.isprintable()):
        raise invalid(f"Idempotency-Key must be 1 to {KEY_MAX} printable ASCII characters")
    return key


def hash_of(request: HttpRequest, body: bytes) -> bytes:
    """Return what tells one request from another under the same key."""
    digest = hashlib.sha256(f"{request.method} {request.scope['path']}\n".encode())
    digest.update(body)
    return digest.digest()


def stored(status: int, content: bytes, *, replayed: bool = False) -> Response[bytes]:
    """Make a response of a stored answer."""
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    media_type = JSON if status < 400 else MEDIA_TYPE
    return Response(content=content, status_code=status, media_type=media_type, headers=headers)


async def once(
    request: HttpRequest,
    *,
    keys: IdempotencyKeys,
    body: bytes,
    work: Callable[[], Awaitable[Response[bytes]]],
) -> Response[bytes]:
    """Do the work, or give its first answer again; without a key it is simply done.

    Only an answer is kept: a request that fails gives its key back.
    """
    key = key_of(request)
    if key is None:
        return await work()
    tenant_id = principal_of(request).tenant_id
    request_hash = hash_of(request, body)
    claimed = await keys.claim(
        tenant_id=tenant_id, key=key, request_hash=request_hash, lapse_s=LAPSE_S
    )
    match claimed:
        case UsedOtherwise():
            raise key_reused()
        case InFlight():
            raise conflict("a request with this Idempotency-Key is in flight", slug="in-flight")
        case Answered():
            return stored(claimed.status, claimed.body, replayed=True)
        case Claimed(claim):
            try:
                response = await work()
            except BaseException:
                await keys.release(tenant_id=tenant_id, key=key, claim=claim)
                raise
            await keys.complete(
                tenant_id=tenant_id,
                key=key,
                claim=claim,
                status=response.status_code or 200,
                body=response.content,
            )
            return response
