"""Make whole answers of problems that no request came as far as the edge for."""

import secrets
from dataclasses import dataclass

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from adapters.http.problem_kinds import MEDIA_TYPE
from adapters.http.problems import Problem, body_of
from adapters.http.security_headers import API


@dataclass(frozen=True, slots=True)
class FinalAnswer:
    """An answer after which the connection is closed."""

    status: int
    pairs: tuple[tuple[bytes, bytes], ...]
    body: bytes


def told(problem: Problem) -> FinalAnswer:
    """Return the answer that a problem is told by."""
    trace_id = secrets.token_hex(16)
    body = body_of(problem, instance="", trace_id=trace_id)
    pairs = (
        (b"content-type", MEDIA_TYPE.encode()),
        *((name.lower().encode(), value.encode()) for name, value in problem.headers.items()),
        *API,
        (b"x-trace-id", trace_id.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
    )
    return FinalAnswer(problem.status, pairs, body)


def whole(problem: Problem) -> bytes:
    """Return that answer as it goes out."""
    answer = told(problem)
    lines = b"".join(b"%b: %b\r\n" % pair for pair in answer.pairs)
    return STATUS_LINE[answer.status] + lines + b"\r\n" + answer.body
