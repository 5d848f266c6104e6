"""Refuse a header that came twice where one may be: each reader could take another one."""

from collections.abc import Mapping, Sequence

from adapters.http.problems import Problem, unfit

_TOKEN = "must be there once: Bearer <token>"  # noqa: S105 - a name, no secret
_ONCE = "must be there once"
# How they are spelled, and what would be right.
_SINGLE = {
    b"authorization": ("#Authorization", _TOKEN),
    b"content-length": ("#Content-Length", _ONCE),
    b"content-type": ("#Content-Type", f"{_ONCE}: application/json"),
    b"host": ("#Host", _ONCE),
    b"idempotency-key": ("#Idempotency-Key", _ONCE),
    b"if-match": ("#If-Match", f'{_ONCE}, with one ETag such as "3", or *'),
    b"origin": ("#Origin", _ONCE),
}


def repeated(
    headers: Mapping[bytes, bytes], *, pairs: Sequence[tuple[bytes, bytes]]
) -> Problem | None:
    """Return the problem of the first header that came once too often, None when none did.

    pairs: the same headers as they came. Who repeats none is not looked at any further.
    """
    if len(pairs) == len(headers):
        return None
    seen: set[bytes] = set()
    for name, _ in pairs:
        if name in seen and name in _SINGLE:
            return unfit(*_SINGLE[name])
        seen.add(name)
    return None


def joined() -> Problem:
    """Return the problem of several tokens in one header, as proxies join two of a name."""
    return unfit("#Authorization", _TOKEN)
