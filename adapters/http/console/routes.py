"""Route the console's pages and files."""

import re

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from adapters.http.console.files import console
from adapters.http.documented import PERMISSION
from adapters.http.problems import absent
from adapters.http.wire import Answer, HttpRequest, raw

# The page and its files tell nothing of anyone; what they ask for needs a token.
_OPEN = {PERMISSION: None}
_HTML = "text/html"
_VARY = {"Vary": "Accept-Encoding"}
# A coding that is named with a weight of nothing is refused, not taken.
_GZIP = re.compile(
    rb"(?:^|,)\s*(?:gzip|\*)\s*(?:$|,|;\s*q=(?!0(?:\.0*)?\s*(?:$|,)))", re.IGNORECASE
)


def console_routes() -> list[HTTPRouteHandler]:
    """Return the pages and files of the console."""

    @get(["/", "/login", "/dashboard", "/dashboard/{name:path}"], opt=_OPEN)
    async def page(request: HttpRequest) -> Answer:
        return raw(console().page(request.scope["path"]).encode(), media_type=_HTML)

    @get("/console/{slug:str}/{name:path}", opt=_OPEN)
    async def file(request: HttpRequest, slug: FromPath[str], name: FromPath[str]) -> Answer:
        found = console().files.get(name.lstrip("/")) if slug == console().digest else None
        if found is None:
            raise absent("no such file: a page from before an upgrade loads anew")
        if _takes_gzip(request):
            headers = {**_VARY, "Content-Encoding": "gzip"}
            return raw(found.packed, media_type=found.media_type, headers=headers)
        return raw(found.body, media_type=found.media_type, headers=_VARY)

    return [page, file]


def _takes_gzip(request: HttpRequest) -> bool:
    return any(
        name == b"accept-encoding" and _GZIP.search(value)
        for name, value in request.scope["headers"]
    )
