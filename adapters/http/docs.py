"""Describe the API: OpenAPI 3.1, and a page for it that needs no network."""

from importlib.metadata import version
from pathlib import Path

import swagger_ui_bundle
from litestar import Router, get
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme, Tag
from litestar.response import Response
from litestar.static_files import create_static_files_router

_BEARER = "bearer"
# The page's own scripts come from the package; nothing is fetched from elsewhere.
_PAGE = b"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Ballast API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css"></head>
<body><div id="ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script>
SwaggerUIBundle({url: "/openapi.json", dom_id: "#ui", deepLinking: true,
  persistAuthorization: false, tryItOutEnabled: true});
</script></body></html>"""


def openapi_config() -> OpenAPIConfig:
    """Return how the API describes itself."""
    return OpenAPIConfig(
        title="Ballast",
        version=version("ballast"),
        description="Risk-first trading: one gate before every order, one switch that stops all.",
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        path="/",
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        components=Components(
            security_schemes={
                _BEARER: SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")
            }
        ),
        security=[{_BEARER: []}],
        tags=[
            Tag(name="orders", description="Submit, follow, change and cancel orders."),
            Tag(name="accounts", description="Accounts, positions, cash and the ledger."),
            Tag(name="risk rules", description="What the gate holds every order against."),
            Tag(name="kill switch", description="Stop everything; let it go on deliberately."),
            Tag(name="market", description="Instruments, prices and the replay."),
            Tag(name="identity", description="Access tokens."),
            Tag(name="status", description="Health and metrics."),
        ],
        use_handler_docstrings=True,
    )


def docs_routes() -> tuple[Router, ...]:
    """Return the documentation page and its assets."""

    @get("/docs", include_in_schema=False)
    async def page() -> Response[bytes]:
        return Response(content=_PAGE, media_type="text/html; charset=utf-8")

    assets = create_static_files_router(
        path="/docs/assets",
        directories=[Path(swagger_ui_bundle.swagger_ui_path)],
        include_in_schema=False,
    )
    return (Router(path="/", route_handlers=[page]), assets)
