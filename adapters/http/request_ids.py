"""Name each request: the caller's ids where they are sound (W3C Trace Context), else our own."""

import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_NO_TRACE = b"0" * 32


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What is known of a request before it is answered."""

    began: float
    trace_id: str
    request_id: str
    # Ours below the caller's in the trace, 16 hexadecimal digits.
    span_id: str


def see(headers: Mapping[bytes, bytes], state: dict[str, Any]) -> RequestFacts:
    """Take the caller's ids or make them, and put them into the request's state."""
    began = time.perf_counter()
    # One call of the kernel for both ids.
    drawn = secrets.token_hex(24)
    given = headers.get(b"traceparent")
    parsed = _TRACEPARENT.fullmatch(given) if given is not None else None
    if parsed is not None and parsed.group(1) != _NO_TRACE:
        trace_id = parsed.group(1).decode()
    else:
        trace_id = drawn[:32]
    asked = headers.get(b"x-request-id")
    if asked is not None and _REQUEST_ID.fullmatch(asked):
        request_id = asked.decode()
    else:
        request_id = trace_id[:16]
    state["trace_id"] = trace_id
    state["request_id"] = request_id
    return RequestFacts(began, trace_id, request_id, drawn[32:])
