"""How each route is asked: what stands in its path, query and body, and which of it names what.

A route without a case, or with an id that no case names, fails the matrix.
"""

from datetime import timedelta

from adapters.http.cases import Case
from adapters.http.console.files import console
from adapters.http.examples import PASSKEY_ANSWER, PASSKEY_MADE
from bootstrap.all_areas import AREAS
from domain.identity.access import Permission
from tests.unit.adapters.http.context import TRADER
from tests.unit.adapters.http.surroundings import NOW

ORDER = {"symbol": "AAPL", "side": "buy", "type": "limit", "quantity": "1", "limit_price": "60"}
LEG = {**ORDER, "time_in_force": "gtc"}
RULE = {"name": "Small", "rule_type": "MAX_ORDER_VALUE", "threshold": "900000000", "action": "WARN"}
SIZE = {"method": "fixed_risk", "symbol": "AAPL", "price": "100", "stop": "95", "risk": "0.01"}
KILL = {"reason": "drill"}
API_KEY = {"name": "passing", "broker": "paper", "environment": "paper", **TRADER}
PASSWORD = "orbit velvet cactus lantern"
TOKEN = {"name": "passing", "scopes": ["status.read"]}

_ACCOUNT = {"account_id": "account"}
_IN_BODY = {"/account_id": "account"}
_ORDER = {"order_id": "order"}
_RULE = {"rule_id": "rule"}
_AGENT = {"agent_id": "agent"}
_KEY = {"key_id": "key"}
_WORKSPACE = {"workspace_id": "workspace"}
_MEMBER = {"member_id": "member"}
_DEVICE = {"device_id": "device"}

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
    "DELETE /api/v1/recovery": [Case(may_lack=True)],
    # Second factors: everyone's own
    "GET /api/v1/factors": [Case()],
    "POST /api/v1/factors/totp": [Case(body={"label": "Phone"})],
    "POST /api/v1/factors/totp/{factor_id}/confirm": [
        Case(ids={"factor_id": "factor"}, body={"code": "000000"}, consumes=True)
    ],
    "POST /api/v1/factors/backup-codes": [Case()],
    "DELETE /api/v1/factors/{factor_id}": [Case(ids={"factor_id": "factor"}, consumes=True)],
    # Passkeys: everyone's own
    "GET /api/v1/passkeys": [Case()],
    "POST /api/v1/passkeys/options": [Case()],
    "POST /api/v1/passkeys": [Case(body=PASSKEY_MADE)],
    "PATCH /api/v1/passkeys/{passkey_id}": [
        Case(ids={"passkey_id": "passkey"}, body={"label": "Phone"})
    ],
    "DELETE /api/v1/passkeys/{passkey_id}": [Case(ids={"passkey_id": "passkey"}, consumes=True)],
    "POST /api/v1/auth/refresh": [Case(body={"refresh_token": "x", "device_token": "x"})],
    "POST /api/v1/auth/join": [Case(body={"token": "x", "name": "Ada", "password": PASSWORD})],
    "POST /api/v1/auth/password/reset": [Case(body={"token": "x", "password": PASSWORD})],
    "POST /api/v1/auth/password": [Case(body={"current": "x", "password": PASSWORD})],
    "POST /api/v1/auth/logout": [Case(ends_token=True)],
    "POST /api/v1/auth/logout-everywhere": [Case(ends_token=True)],
    "GET /.well-known/jwks.json": [Case()],
    "GET /api/v1/sessions": [Case()],
    "DELETE /api/v1/sessions/{session_id}": [
        Case(ids={"session_id": "session"}, consumes=True),
    ],
    "GET /api/v1/devices": [Case()],
    "PATCH /api/v1/devices/{device_id}": [Case(ids=_DEVICE, body={"label": "Desk"})],
    "DELETE /api/v1/devices/{device_id}": [Case(ids=_DEVICE, consumes=True)],
    "POST /api/v1/devices/{device_id}/trust": [Case(ids=_DEVICE)],
    "DELETE /api/v1/devices/{device_id}/trust": [Case(ids=_DEVICE)],
    "GET /api/v1/notices": [Case()],
    "POST /api/v1/notices/{notice_id}/read": [Case(ids={"notice_id": "notice"})],
    "POST /api/v1/notices/{notice_id}/acknowledge": [Case(ids={"notice_id": "notice"})],
    # Users, invitations and command keys: the tenant's own
    "GET /api/v1/users": [Case()],
    "POST /api/v1/users/{user_id}/disable": [Case(ids={"user_id": "member"})],
    "POST /api/v1/users/{user_id}/enable": [Case(ids={"user_id": "member"})],
    "POST /api/v1/users/{user_id}/password-reset": [Case(ids={"user_id": "member"})],
    "GET /api/v1/invitations": [Case()],
    "POST /api/v1/invitations": [Case(body={"email": "ada@example.com", "role": "viewer"})],
    "DELETE /api/v1/invitations/{invitation_id}": [
        Case(ids={"invitation_id": "invitation"}, consumes=True)
    ],
    "POST /api/v1/command-keys/{key_id}/disable": [Case(plain={"key_id": "passing"})],
    "POST /api/v1/command-keys/{key_id}/enable": [Case(plain={"key_id": "passing"})],
    "GET /api/status": [Case()],
    "GET /metrics": [Case()],
    "POST /api/v1/ws/ticket": [Case()],
    # Orders
    "POST /api/v1/orders": [Case(ids=_IN_BODY, body=ORDER)],
    "POST /api/v1/order-groups": [
        Case(ids=_IN_BODY, body={"group": "oco", "orders": [LEG, {**LEG, "limit_price": "61"}]})
    ],
    "POST /api/v1/orders/preview": [Case(ids=_IN_BODY, body=ORDER)],
    "GET /api/v1/orders": [
        Case(),
        Case(ids={"?account_id": "account"}, filters=frozenset({"?account_id"})),
    ],
    "GET /api/v1/orders/{order_id}": [Case(ids=_ORDER)],
    "GET /api/v1/orders/{order_id}/events": [Case(ids=_ORDER)],
    "GET /api/v1/orders/{order_id}/explanation": [Case(ids=_ORDER)],
    "GET /api/v1/fills": [
        Case(),
        Case(ids={"?account_id": "account"}, filters=frozenset({"?account_id"})),
        Case(ids={"?order_id": "order"}, filters=frozenset({"?order_id"})),
    ],
    "PATCH /api/v1/orders/{order_id}": [Case(ids=_ORDER, body={"limit_price": "60.5"})],
    "DELETE /api/v1/orders/{order_id}": [Case(ids=_ORDER)],
    "POST /api/v1/orders/{order_id}/resolve": [Case(ids=_ORDER, body={"reason": "looked"})],
    "GET /api/v1/orders/parked": [
        Case(),
        Case(ids={"?account_id": "account"}, filters=frozenset({"?account_id"})),
    ],
    "POST /api/v1/orders/attest": [
        Case(
            ids={"/order_ids/0": "order"},
            body={"order_ids": [""], "outcome": "absent", "reason": "looked"},
        )
    ],
    "POST /api/v1/orders/cancel-all": [Case(), Case(ids=_IN_BODY, body={"symbol": "MSFT"})],
    # Accounts
    "GET /api/v1/accounts": [Case()],
    "POST /api/v1/accounts": [
        Case(
            ids={"/portfolio_id": "portfolio"},
            body={"name": "More", "kind": "cash"},
            whole_tenant=True,
            absent=400,
        )
    ],
    "GET /api/v1/accounts/{account_id}": [Case(ids=_ACCOUNT)],
    "GET /api/v1/accounts/{account_id}/positions": [Case(ids=_ACCOUNT)],
    "GET /api/v1/accounts/{account_id}/equity": [Case(ids=_ACCOUNT)],
    "GET /api/v1/accounts/{account_id}/ledger": [Case(ids=_ACCOUNT)],
    "POST /api/v1/accounts/{account_id}/deposits": [
        Case(ids=_ACCOUNT, body={"amount": "1", "reference": "again"})
    ],
    "GET /api/v1/portfolios": [Case()],
    "POST /api/v1/portfolios": [Case(body={"name": "More"}, whole_tenant=True)],
    # Risk
    "GET /api/v1/risk-rules": [Case(query={"limit": "200"})],
    "POST /api/v1/risk-rules": [
        Case(body=RULE, whole_tenant=True),
        Case(ids={"/scope/account_id": "account"}, body=RULE),
    ],
    "GET /api/v1/risk-rules/{rule_id}": [Case(ids=_RULE)],
    "PUT /api/v1/risk-rules/{rule_id}": [
        Case(ids={**_RULE, "/scope/account_id": "account"}, body=RULE, consumes=True),
    ],
    "DELETE /api/v1/risk-rules/{rule_id}": [
        Case(ids=_RULE, query={"reason": "unused"}, consumes=True)
    ],
    "GET /api/v1/risk-rules/types": [Case()],
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
    "POST /api/v1/risk-rules/test": [
        Case(ids=_IN_BODY, body={"rule": RULE, "order": ORDER}),
        Case(ids={**_IN_BODY, "/rule_id": "rule"}, body={"order": ORDER}),
        # The rule that is tried looks at orders of an account: nothing of it is shown.
        Case(
            ids={**_IN_BODY, "/rule/scope/account_id": "account"},
            body={"rule": RULE, "order": ORDER},
            filters=frozenset({"/rule/scope/account_id"}),
        ),
    ],
    "POST /api/v1/risk-rules/calculate-position-size": [
        Case(body={**SIZE, "equity": "1000"}),
        Case(ids=_IN_BODY, body=SIZE),
    ],
    "GET /api/v1/risk-rules/portfolio-risk": [
        Case(without_accounts=400),
        Case(ids={"?account_id": "account"}),
    ],
    # Kill switch
    "GET /api/v1/kill-switch": [Case()],
    "GET /api/v1/kill-switch/drills": [Case()],
    "GET /api/v1/kill-switch/events": [Case()],
    "GET /api/v1/kill-switch/latches/{latch_id}": [Case(ids={"latch_id": "latch"})],
    "GET /api/v1/kill-switch/release-checklist": [
        Case(),
        # It says what to look at, of an account that is not there too.
        Case(
            ids={"?account_id": "account"},
            query={"scope": "account"},
            filters=frozenset({"?account_id"}),
            may_lack=True,
        ),
    ],
    "POST /api/v1/kill-switch/activate": [
        Case(ids=_IN_BODY, body={**KILL, "scope": "account"}),
        Case(body={**KILL, "scope": "tenant"}, whole_tenant=True),
        Case(body={**KILL, "scope": "symbol", "symbol": "MSFT"}, whole_tenant=True),
        Case(body={**KILL, "scope": "strategy", "strategy_id": "ema"}, whole_tenant=True),
        Case(body={**KILL, "scope": "broker", "broker": "paper"}, whole_tenant=True),
    ],
    "POST /api/v1/kill-switch/release": [
        Case(ids=_IN_BODY, body={**KILL, "scope": "account"}),
        Case(body={**KILL, "scope": "tenant"}, whole_tenant=True),
        Case(body={**KILL, "scope": "symbol", "symbol": "MSFT"}, whole_tenant=True),
        Case(body={**KILL, "scope": "strategy", "strategy_id": "ema"}, whole_tenant=True),
        Case(body={**KILL, "scope": "broker", "broker": "paper"}, whole_tenant=True),
    ],
    "PUT /api/v1/kill-switch/passcode": [Case(body={"passcode": "20260102"}, whole_tenant=True)],
    # Market
    "GET /api/v1/market/instruments": [Case()],
    "GET /api/v1/market/quotes": [Case()],
    "GET /api/v1/market/quotes/{symbol}": [Case(plain={"symbol": "AAPL"})],
    "GET /api/v1/market/bars/{symbol}": [Case(plain={"symbol": "AAPL"})],
    "GET /api/v1/market/status": [Case()],
    "POST /api/v1/market/replay/pause": [Case(whole_tenant=True)],
    "POST /api/v1/market/replay/resume": [Case(whole_tenant=True)],
    # Streams and agents
    "GET /api/v1/streams": [Case()],
    "GET /api/v1/streams/consumers": [Case()],
    "POST /api/v1/streams/consumers/{group}/restart": [
        Case(plain={"group": "ballast.commands"}, whole_tenant=True)
    ],
    "GET /api/v1/agents": [Case()],
    "GET /api/v1/agents/{agent_id}": [Case(ids=_AGENT)],
    "POST /api/v1/agents": [
        Case(
            ids={"/member_id": "machine", "/account_id": "account"},
            body={"agent_id": "momentum"},
            consumes=True,
        )
    ],
    # Nobody but the machine that it is registered as: 409.
    "POST /api/v1/agents/{agent_id}/heartbeat": [Case(ids=_AGENT, body={})],
    "POST /api/v1/agents/{agent_id}/pause": [Case(ids=_AGENT)],
    "POST /api/v1/agents/{agent_id}/resume": [Case(ids=_AGENT)],
    # Members
    "GET /api/v1/members": [Case()],
    "GET /api/v1/members/me": [Case()],
    "POST /api/v1/members": [Case(body={"name": "machine"}, whole_tenant=True)],
    "GET /api/v1/members/{member_id}": [Case(ids=_MEMBER)],
    "PATCH /api/v1/members/{member_id}": [Case(ids=_MEMBER, body={"name": "spare"})],
    "PUT /api/v1/members/{member_id}/accounts/{account_id}": [
        Case(ids={**_MEMBER, **_ACCOUNT}, body={"level": "read"})
    ],
    "DELETE /api/v1/members/{member_id}/accounts/{account_id}": [Case(ids={**_MEMBER, **_ACCOUNT})],
    "GET /api/v1/tokens": [
        Case(),
        Case(query={"everyone": "true"}, permission=Permission.IDENTITY_MANAGE),
    ],
    "POST /api/v1/tokens": [
        Case(body=TOKEN),
        Case(ids={"/accounts/0": "account"}, body=TOKEN),
        # Nobody but a manager makes another's, and for everyone else there is no such member.
        Case(ids={"/member_id": "machine"}, body=TOKEN),
    ],
    "DELETE /api/v1/tokens/{token_id}": [Case(ids={"token_id": "token"}, consumes=True)],
    # Workspaces: everyone's own
    "GET /api/v1/user/workspaces": [Case()],
    "GET /api/v1/user/workspace": [Case()],
    "POST /api/v1/user/workspace": [Case(body={"name": "passing", "layout": {}})],
    "GET /api/v1/user/workspaces/{workspace_id}": [Case(ids=_WORKSPACE)],
    "PUT /api/v1/user/workspaces/{workspace_id}/default": [Case(ids=_WORKSPACE)],
    "DELETE /api/v1/user/workspaces/{workspace_id}": [Case(ids=_WORKSPACE, consumes=True)],
    # The audit trail
    "GET /api/v1/audit": [
        Case(),
        Case(ids={"?account_id": "account"}, filters=frozenset({"?account_id"})),
    ],
    "GET /api/v1/users/{user_id}/activity": [Case(ids={"user_id": "member"})],
    "POST /api/v1/audit/{entry_id}/review": [
        Case(ids={"entry_id": "entry"}, body={"note": "looked at"})
    ],
    # Brokers' API keys: the tenant's own
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

# An area declares its cases beside its routes.
CASES: dict[str, list[Case]] = _STANDING | {
    route: [case] for area in AREAS for route, case in area.cases.items()
}
