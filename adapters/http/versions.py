"""Say in ETag of which version a thing is, and read from If-Match which one was seen."""

import re

from adapters.http.problems import unfit
from adapters.http.wire import HttpRequest

_ETAG = re.compile(r'"([0-9]{1,9})"')


def etag_of(version: int) -> str:
    """Write a version as an ETag."""
    return f'"{version}"'


def seen_of(request: HttpRequest, *, what: str) -> int | None:
    """Return the version that If-Match asks for, None for any; raises the problem of no ETag."""
    asked = request.headers.get("if-match")
    if asked is None or asked.strip() == "*":
        return None
    matched = _ETAG.fullmatch(asked.strip())
    if matched is None:
        raise unfit("#If-Match", f'must be one ETag of this {what}, such as "3", or *')
    return int(matched.group(1))
