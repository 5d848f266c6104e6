"""Send whole answers that no route made."""

from typing import Any

from litestar.types import Send

from adapters.http.cors import Headers
from adapters.http.problem_kinds import MEDIA_TYPE
from adapters.http.problems import Problem, body_of


async def send_problem(
    problem: Problem, *, path: str, trace_id: str, send: Send, headers: Headers = ()
) -> None:
    """Send a problem as the whole answer."""
    body = body_of(problem, instance=path, trace_id=trace_id)
    own = (
        (b"content-type", MEDIA_TYPE.encode()),
        *((name.lower().encode(), value.encode()) for name, value in problem.headers.items()),
    )
    await send_whole(problem.status, (*own, *headers), body, send=send)


async def send_whole(status: int, headers: Headers, body: bytes, *, send: Send) -> None:
    """Send an answer that is all there; 204 has no body."""
    length = (b"content-length", str(len(body)).encode())
    start: Any = {
        "type": "http.response.start",
        "status": status,
        "headers": [*headers, length] if status != 204 else list(headers),
    }
    await send(start)
    end: Any = {"type": "http.response.body", "body": body, "more_body": False}
    await send(end)
