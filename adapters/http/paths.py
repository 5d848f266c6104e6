"""Have one way to write a path: what is checked is what is routed."""

import re

from litestar.types import Scope

# The router drops empty segments, so that what is between two slashes would say nothing.
# Dots are no steps here, but they are for proxies and browsers.
_DOTS = re.compile(r"/\.{1,2}(?:/|$)")
# Encoded slashes, backslashes and dots: a proxy in front may take them for what they stand for.
_HIDDEN = re.compile(rb"%(?:2f|5c|2e)", re.IGNORECASE)


def settle(scope: Scope) -> None:
    """Take the one slash at a path's end away, before anyone looks at the path."""
    path = scope["path"]
    if path[-1:] == "/" and path != "/" and path[-2] != "/":
        scope["path"] = path[:-1]


def is_plain(scope: Scope) -> bool:
    """Tell whether a path can be read in one way only.

    Letters are compared as they are: nothing here lowers, folds or decodes them again.
    """
    path = scope["path"]
    if "//" in path or "\\" in path or ("/." in path and _DOTS.search(path)):
        return False
    raw = scope.get("raw_path", b"")
    return b"%" not in raw or _HIDDEN.search(raw) is None
