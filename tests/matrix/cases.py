"""How each route is asked: what stands in its path, query and body, and which of it names what.

An area declares its cases beside its routes; here stand those of the edge, which is no area, of
what a person types to come in, and of what is not known without a world: its keys, its clock. A
route without a case, or with an id that no case names, fails the matrix.
"""

from datetime import timedelta

from adapters.http.cases import Case
from adapters.http.console.files import console
from adapters.http.examples import PASSKEY_ANSWER
from bootstrap.all_areas import AREAS
from tests.unit.adapters.http.context import TRADER
from tests.unit.adapters.http.surroundings import NOW

API_KEY = {"name": "passing", "broker": "paper", "environment": "paper", **TRADER}
PASSWORD = "orbit velvet cactus lantern"

_IN_BODY = {"/account_id": "account"}
_KEY = {"key_id": "key"}

_STANDING: dict[str, list[Case]] = {
    "GET /health": [Case()],
    "GET /health/live": [Case()],
    "GET /health/ready": [Case()],
    "GET /problems": [Case()],
    "GET /problems/{slug}": [Case(plain={"slug": "forbidden"})],
    "GET /openapi.json": [Case()],
    "GET /": [Case()],
    "GET /login": [Case()],
    "GET /dashboard": [Case()],
    "GET /dashboard/{name}": [Case(plain={"name": "trade"})],
    "GET /console/{slug}/{name}": [Case(plain={"slug": console().digest, "name": "app.js"})],
    "GET /docs": [Case()],
    "GET /docs/{name}": [Case(plain={"name": "page.js"})],
    "GET /succession/answer/{link_token}": [Case(plain={"link_token": "bls_x"})],
    "POST /succession/answer/{link_token}": [Case(plain={"link_token": "bls_x"})],
    "POST /api/v1/signals/hooks/{source}": [
        Case(plain={"source": "tv"}, body={"secret": "x", "symbol": "AAPL", "side": "buy"})
    ],
    "POST /api/v1/auth/token": [
        Case(ids={"/tenant_id": "tenant"}, body={"email": "nobody@example.com", "password": "x"})
    ],
    "POST /api/v1/auth/login": [
        Case(ids={"/tenant_id": "tenant"}, body={"email": "nobody@example.com", "password": "x"})
    ],
    "POST /api/v1/auth/challenge": [Case(body={"challenge": "x", "code": "000000"})],
    "POST /api/v1/auth/challenge/passkey-options": [Case(body={"challenge": "x"})],
    "POST /api/v1/auth/recovery": [Case(body={"challenge": "x"})],
    "POST /api/v1/auth/step-up/passkey-options": [Case()],
    "POST /api/v1/auth/passkey/options": [Case()],
    "POST /api/v1/auth/passkey": [Case(body={"credential": PASSKEY_ANSWER["credential"]})],
    "POST /api/v1/auth/step-up": [Case(body={"password": "x"})],
    "POST /api/v1/auth/refresh": [Case(body={"refresh_token": "x", "device_token": "x"})],
    "POST /api/v1/auth/join": [Case(body={"token": "x", "name": "Ada", "password": PASSWORD})],
    "POST /api/v1/auth/password/reset": [Case(body={"token": "x", "password": PASSWORD})],
    "POST /api/v1/auth/password": [Case(body={"current": "x", "password": PASSWORD})],
    "POST /api/v1/auth/logout": [Case(ends_token=True)],
    "POST /api/v1/auth/logout-everywhere": [Case(ends_token=True)],
    "GET /api/status": [Case()],
    "GET /metrics": [Case()],
    "POST /api/v1/ws/ticket": [Case()],
    # By the world's clock.
    "POST /api/v1/risk-rules/{rule_id}/overrides": [
        Case(
            ids={"rule_id": "rule"},
            body={
                "threshold": "1",
                "expires_at": (NOW + timedelta(hours=20)).isoformat(),
                "reason": "earnings week",
            },
        )
    ],
    # Market
    "GET /api/v1/market/instruments": [Case()],
    "GET /api/v1/market/quotes": [Case()],
    "GET /api/v1/market/quotes/{symbol}": [Case(plain={"symbol": "AAPL"})],
    "GET /api/v1/market/bars/{symbol}": [Case(plain={"symbol": "AAPL"})],
    "GET /api/v1/market/status": [Case()],
    "POST /api/v1/market/replay/pause": [Case(whole_tenant=True)],
    "POST /api/v1/market/replay/resume": [Case(whole_tenant=True)],
    # Brokers' API keys: with what the world's venue has issued.
    "GET /api/v1/api-keys": [Case()],
    "POST /api/v1/api-keys": [
        Case(body=API_KEY, whole_tenant=True),
        Case(ids=_IN_BODY, body=API_KEY, whole_tenant=True),
    ],
    "GET /api/v1/api-keys/{key_id}": [Case(ids=_KEY)],
    "PUT /api/v1/api-keys/{key_id}": [
        Case(ids=_KEY, body={"name": "passing"}, whole_tenant=True),
        Case(ids={**_KEY, **_IN_BODY}, body={"name": "passing"}, whole_tenant=True),
    ],
    "DELETE /api/v1/api-keys/{key_id}": [Case(ids=_KEY, whole_tenant=True, consumes=True)],
    "POST /api/v1/api-keys/{key_id}/rotate": [Case(ids=_KEY, body=TRADER, whole_tenant=True)],
    "POST /api/v1/api-keys/{key_id}/verify": [Case(ids=_KEY, whole_tenant=True)],
    "GET /api/v1/api-keys/{key_id}/audit-logs": [Case(ids=_KEY)],
}

CASES: dict[str, list[Case]] = _STANDING | {
    route: [one] if isinstance(one, Case) else [*one]
    for area in AREAS
    for route, one in area.cases.items()
}
