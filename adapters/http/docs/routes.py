"""Serve the OpenAPI document, and a page that shows it, without a network."""

from collections.abc import Callable
from importlib.resources import files

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from adapters.http.documented import PERMISSION
from adapters.http.problems import absent
from adapters.http.wire import Answer, raw

# Who reads how to call needs no token.
OPEN = {PERMISSION: None}
_TYPES = {
    "index.html": "text/html",
    "page.css": "text/css",
    "page.js": "text/javascript",
}


def docs_routes(document: Callable[[], bytes]) -> list[HTTPRouteHandler]:
    """Return /openapi.json, /docs and the files that its page is made of."""
    pages = {name: files(__package__).joinpath(name).read_bytes() for name in _TYPES}

    @get("/openapi.json", opt=OPEN)
    async def openapi() -> Answer:
        return raw(document())

    @get("/docs", opt=OPEN)
    async def index() -> Answer:
        return raw(pages["index.html"], media_type=_TYPES["index.html"])

    @get("/docs/{name:str}", opt=OPEN)
    async def file(name: FromPath[str]) -> Answer:
        if name not in pages:
            raise absent("no such file")
        return raw(pages[name], media_type=_TYPES[name])

    return [openapi, index, file]
