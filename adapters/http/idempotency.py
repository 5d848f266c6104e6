"""Carry a request out once, and answer its repeats with the first answer."""

import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

import structlog
from litestar import Response

from adapters.http.problem_kinds import IN_FLIGHT, MEDIA_TYPE
from adapters.http.problems import key_reused, later, problem_of, unfit
from adapters.http.wire import JSON, Answer, HttpRequest, principal_of, raw
from application.shared.change import KeyReused, Once, Replayed
from ports.idempotency import IdempotencyKeys, InFlight, KeyClaim, PriorAnswer, UsedOtherwise
from ports.storage import StorageUnavailable

log = structlog.get_logger(__name__)

KEY_MAX = 255
REPLAYED = "Idempotency-Replayed"
# Under these the answers to commands over Kafka are kept.
COMMANDS_OWN = "cmd:"
# Longer than any request may take; a crash in between holds the key for so long.
LAPSE_S = 60.0
# Below this a refusal changed nothing, so that the key may be used again.
_UNSURE_FROM = 500

Result = TypeVar("Result")
Work = Callable[[], Awaitable[tuple[int, bytes]]]
Holds = Callable[[bytes], Awaitable[bool]]


def key_of(request: HttpRequest) -> str | None:
    """Return the idempotency key; raises the problem of a malformed one."""
    for name, value in request.scope["headers"]:
        if name == b"idempotency-key":
            key = value.decode("latin-1")
            if not (1 <= len(key) <= KEY_MAX and key.isascii() and key.isprintable()):
                raise unfit(
                    "#Idempotency-Key", f"must be 1 to {KEY_MAX} printable ASCII characters"
                )
            if key.startswith(COMMANDS_OWN):
                detail = f"must not begin with {COMMANDS_OWN}, as the keys of commands do"
                raise unfit("#Idempotency-Key", detail)
            return key
    return None


def hash_of(request: HttpRequest, body: bytes) -> bytes:
    """Return what tells one request from another under the same key."""
    digest = hashlib.sha256(f"{request.scope['method']} {request.scope['path']}\n".encode())
    digest.update(body)
    return digest.digest()


def once_of(
    request: HttpRequest, body: bytes, *, render: Callable[[Result], tuple[int, bytes] | None]
) -> Once[Result] | None:
    """Return how a repeat is known whose answer is stored with the change; None without a key."""
    key = key_of(request)
    if key is None:
        return None
    return Once(key=key, request_hash=hash_of(request, body), render=render)


def one_s_own(request: HttpRequest) -> bytes:
    """Return whose request it is: another one's under the same key is another request."""
    return principal_of(request).user_id.bytes


def again(status: int, body: bytes, *, headers: Mapping[str, str] = MappingProxyType({})) -> Answer:
    """Return a stored answer, said to be one."""
    media_type = JSON if status < 400 else MEDIA_TYPE
    said = {**headers, REPLAYED: "true"}
    return raw(body, status=status, media_type=media_type, headers=said)


def first_or_again(
    outcome: Result | Replayed | KeyReused, shown: Callable[[Result], Answer]
) -> Answer:
    """Answer with what was done, or as the first request under the key was answered."""
    if isinstance(outcome, Replayed):
        return again(outcome.status, outcome.body)
    if isinstance(outcome, KeyReused):
        raise key_reused()
    return shown(outcome)


async def once(
    request: HttpRequest,
    *,
    keys: IdempotencyKeys,
    body: bytes,
    work: Work,
    safe_to_repeat: bool = False,
    holds: Holds | None = None,
    kept: Callable[[bytes], bytes] | None = None,
) -> Answer:
    """Answer with what the work returns, or with what it returned the first time.

    Without a key the work is simply done. body is what the request is known by; leave
    secrets out of it. safe_to_repeat: the work is done again rather than refused when the
    first outcome is not known, for what must never be held up. holds tells whether a
    stored answer is still true; one that is not is no answer, and the work is done again.
    kept makes of an answer what may be stored of it, where it holds what leaves only once.
    """
    key = key_of(request)
    if key is None:
        status, content = await work()
        return raw(content, status=status)
    tenant_id = principal_of(request).tenant_id
    taken: KeyClaim | InFlight | PriorAnswer | UsedOtherwise | None
    try:
        taken = await keys.claim(
            tenant_id=tenant_id, key=key, request_hash=hash_of(request, body), lapse_s=LAPSE_S
        )
    except StorageUnavailable:
        if not safe_to_repeat:
            raise
        taken = None
    match taken:
        case PriorAnswer() if holds is None or await holds(taken.body):
            return again(taken.status, taken.body)
        case UsedOtherwise():
            raise key_reused()
        case InFlight() if not safe_to_repeat:
            detail = "the first request with this key has no known outcome yet"
            raise later(detail, retry_after_s=taken.retry_after_s, kind=IN_FLIGHT)
        case KeyClaim():
            claim = taken.claim
        case _:
            status, content = await work()
            return raw(content, status=status)
    try:
        status, content = await work()
    except Exception as error:
        problem = problem_of(error)
        if problem is not None and problem.status < _UNSURE_FROM:
            with contextlib.suppress(StorageUnavailable):
                await keys.release(tenant_id=tenant_id, key=key, claim=claim)
        raise
    stored = content if kept is None else kept(content)
    try:
        await keys.complete(tenant_id=tenant_id, key=key, claim=claim, status=status, body=stored)
    except StorageUnavailable:
        # The work is done: a repeat finds the key in flight until the claim lapses.
        log.warning("http.answer_not_kept", route=request.scope.get("path_template"))
    return raw(content, status=status)


async def once_in_silence(
    request: HttpRequest, *, keys: IdempotencyKeys, body: bytes, work: Callable[[], Awaitable[None]]
) -> Response[None]:
    """Do once what is answered 204; when nobody knows the first outcome it is done again."""

    async def silent() -> tuple[int, bytes]:
        await work()
        return 204, b""

    answered = await once(request, keys=keys, body=body, work=silent, safe_to_repeat=True)
    replayed = (REPLAYED.lower().encode(), b"true") in answered.pairs
    return Response(None, status_code=204, headers={REPLAYED: "true"} if replayed else None)
