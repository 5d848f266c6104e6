"""Checks of every answer beside Schemathesis's own; loaded by it (SCHEMATHESIS_HOOKS)."""

from typing import Any

import schemathesis

_INSIDE = ("Traceback", 'File "', "asyncpg", "litestar", "msgspec", "sqlalchemy", "/site-packages/")


@schemathesis.check
def tells_nothing_of_the_inside(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """Every error is problem+json with a type, and no answer shows code, paths or drivers."""
    if response.status_code < 400:
        return
    ready = case.operation.path == "/health/ready"
    kind = response.headers.get("content-type", [""])[0].split(";")[0]
    if case.method != "HEAD" and kind != "application/problem+json" and not ready:
        raise AssertionError(f"{response.status_code} came as {kind or 'nothing'}")
    for word in _INSIDE:
        if word in response.text:
            raise AssertionError(f"{response.status_code} tells of {word}")
