"""Give every answer its security headers, and the ids of its request."""

from adapters.http.console import paths as console
from adapters.http.cors import AllowedOrigins, Headers
from adapters.http.open_paths import JWKS
from adapters.http.request_ids import RequestFacts

_NO_STORE = (b"cache-control", b"no-store")
_HEADERS: Headers = (
    (b"strict-transport-security", b"max-age=63072000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    # For browsers that do not know frame-ancestors.
    (b"x-frame-options", b"DENY"),
    _NO_STORE,
)
_NEVER = b"object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
API: Headers = (*_HEADERS, (b"content-security-policy", b"default-src 'none'; " + _NEVER))
# The documentation page loads what this server itself serves, and nothing else.
_DOCS: Headers = (*_HEADERS, (b"content-security-policy", b"default-src 'self'; " + _NEVER))
# The console's pages and files, which its own policy is for.
_PLAIN: Headers = tuple(pair for pair in _HEADERS if pair != _NO_STORE)
_PAGE: Headers = (*_PLAIN, console.PAGE_KEPT, *console.HEADERS)
_FILE: Headers = (*_PLAIN, console.FILE_KEPT, *console.HEADERS)
# Whoever checks tokens may keep the public keys for a while, and asks again for one it misses.
_JWKS: Headers = (
    *(pair for pair in API if pair[0] != b"cache-control"),
    (b"cache-control", b"public, max-age=300"),
)


def headers_of(
    path: str, *, origin: bytes | None, origins: AllowedOrigins, seen: RequestFacts
) -> Headers:
    """Return what the answer to a request has beyond its own headers."""
    first = API
    if path.startswith("/docs"):
        first = _DOCS
    elif path == JWKS:
        first = _JWKS
    elif console.is_page(path):
        first = _PAGE
    elif path.startswith(console.FILES):
        first = _FILE
    trace_id = seen.trace_id.encode()
    headers = (
        *first,
        (b"x-request-id", seen.request_id.encode()),
        (b"x-trace-id", trace_id),
        (b"traceparent", b"00-%b-%b-01" % (trace_id, seen.span_id.encode())),
    )
    return (*headers, *origins.answers(origin)) if origin is not None else headers


def may_keep(path: str) -> bool:
    """Tell whether a good answer is kept by whoever asked."""
    return path == JWKS or path.startswith(console.FILES)


def not_kept(headers: Headers) -> Headers:
    """Return the headers of an answer that nobody may keep: a refusal is no public key."""
    return tuple(_NO_STORE if name == _NO_STORE[0] else (name, value) for name, value in headers)
