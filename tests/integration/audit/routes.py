"""Say of every route that changes something how it is asked, and what it records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any

from litestar.routes import HTTPRoute

from adapters.http.cases import Case as Declared
from adapters.http.inference.asking import EXAMPLE as MODEL_INPUTS
from adapters.http.succession.letters import LETTER
from bootstrap.all_areas import AREAS
from tests.unit.adapters.http.context import EMAIL, READER, TRADER, Context

Body = dict[str, Any]
NEW = "orbit velvet cactus lantern"
RULE = {
    "name": "Max Daily Loss",
    "rule_type": "MAX_DAILY_LOSS",
    "threshold": 900.00,
    "action": "BLOCK",
    "is_active": True,
}


@dataclass(frozen=True, slots=True)
class Known:
    """Ids of what there is to be changed."""

    context: Context
    order_id: str
    other_order_id: str
    parked_id: str
    parked_too_id: str
    rule_id: str
    other_rule_id: str
    portfolio_id: str
    halted_id: str
    # By kind, what the people and machines of the tenant have.
    others: dict[str, str]
    # What was told once: bodies with one-time tokens.
    bodies: dict[str, Body] = field(default_factory=dict)

    @property
    def account_id(self) -> str:
        """The account that trades."""
        return str(self.context.account_id)


@dataclass(frozen=True, slots=True)
class Case:
    """How to ask for an action that must leave an entry of this name.

    unrecorded says why there is none to leave: then the answer is what it always is. refused is
    the answer where the entry cannot be stored.
    """

    action: str
    body: Callable[[Known], Body | None] = lambda _: None
    ok: tuple[int, ...] = (200, 201, 202, 204)
    unrecorded: str = ""
    refused: int = 503
    parts: dict[str, Callable[[Known], str]] = field(default_factory=dict)
    # Whose e-mail address asks, where it is not the owner.
    whose: str = ""
    query: Mapping[str, str] = field(default_factory=dict)


def _order(known: Known) -> Body:
    return known.context.order(quantity="7")


_ORDER_ID: dict[str, Callable[[Known], str]] = {"order_id": lambda known: known.order_id}


def _other(name: str) -> dict[str, Callable[[Known], str]]:
    return {name: lambda known: known.others[name]}


def _of(name: str) -> Callable[[Known], Body]:
    return lambda known: known.bodies[name]


_MEMBER = _other("member_id")
_GRANT: dict[str, Callable[[Known], str]] = {
    **_MEMBER,
    "account_id": lambda known: known.account_id,
}
SAVED = {"name": "A", "layout": {"panels": []}}
TOKEN = {"name": "kept", "scopes": ["status.read"]}
_LEG = {"symbol": "AAPL", "quantity": "10"}
API_KEY = {"name": "kept", "broker": "paper", "environment": "paper", **TRADER}
_FINN = "finn@example.com"
NOTHING = "it changes nothing"
_ASKS = "it asks a passkey; what comes of it is recorded"
_PASSWORD = "not the password, surely"

_NOT_ASKED = "the owner was heard of just now"


def plan_of(others: dict[str, str]) -> Body:
    """Return a plan of succession with the one trustee that there is."""
    return {"trustees": [others["trustee"]], "confirmations_needed": 1}


_STANDING: dict[tuple[str, str], Case] = {
    ("POST", "/api/v1/orders"): Case("order.submit", _order),
    ("POST", "/api/v1/order-groups"): Case(
        "order.submit",
        lambda known: {
            "account_id": known.account_id,
            "group": "bracket",
            "orders": [
                {**_LEG, "side": "buy", "type": "market"},
                {**_LEG, "side": "sell", "type": "limit", "limit_price": "130"},
                {**_LEG, "side": "sell", "type": "stop", "stop_price": "90"},
            ],
        },
    ),
    ("POST", "/api/v1/orders/preview"): Case("", _order, unrecorded=NOTHING),
    ("PATCH", "/api/v1/orders/{order_id}"): Case(
        "order.replace", lambda _: {"quantity": "5"}, parts=_ORDER_ID
    ),
    ("DELETE", "/api/v1/orders/{order_id}"): Case(
        "order.cancel", parts={"order_id": lambda known: known.other_order_id}
    ),
    ("POST", "/api/v1/orders/cancel-all"): Case("order.cancel", lambda _: {}),
    ("POST", "/api/v1/orders/{order_id}/resolve"): Case(
        "order.attest_absent",
        lambda _: {"reason": "they never had it"},
        parts={"order_id": lambda known: known.parked_id},
    ),
    ("POST", "/api/v1/orders/attest"): Case(
        "order.attest_absent",
        lambda known: {
            "order_ids": [known.parked_too_id],
            "outcome": "absent",
            "reason": "they never had it",
        },
    ),
    ("POST", "/api/v1/accounts"): Case(
        "account.open", lambda known: {"portfolio_id": known.portfolio_id, "name": "Second"}
    ),
    ("POST", "/api/v1/accounts/{account_id}/deposits"): Case(
        "account.deposit",
        lambda _: {"amount": "100", "reference": "wire-1"},
        parts={"account_id": lambda known: known.account_id},
    ),
    ("POST", "/api/v1/margin/accounts/{account_id}/deleverage-plans"): Case(
        "",
        lambda _: {"target_buffer": "0.25"},
        # The account holds nothing: there is no plan to keep.
        unrecorded=NOTHING,
        parts={"account_id": lambda known: known.account_id},
    ),
    ("PUT", "/api/v1/risk-rules/{rule_id}"): Case(
        "risk_rule.updated",
        lambda _: RULE,
        parts={"rule_id": lambda known: known.rule_id},
    ),
    ("DELETE", "/api/v1/risk-rules/{rule_id}"): Case(
        "risk_rule.deleted",
        parts={"rule_id": lambda known: known.other_rule_id},
        query={"reason": "unused"},
    ),
    ("POST", "/api/v1/risk-rules/{rule_id}/overrides"): Case(
        "risk_rule.updated",
        lambda known: {
            "threshold": "800",
            "expires_at": (known.context.clock.now() + timedelta(hours=1)).isoformat(),
            "reason": "earnings week",
        },
        parts={"rule_id": lambda known: known.rule_id},
    ),
    ("POST", "/api/v1/risk-rules/{rule_id}/enable"): Case(
        "strategy.enabled",
        lambda _: {"strategy_id": "momentum", "reason": "looked at"},
        parts={"rule_id": lambda known: known.rule_id},
    ),
    # Another than the one that a tenant begins with: that one changes nothing.
    ("POST", "/api/v1/risk-rules/templates/{name}/apply"): Case(
        "risk_rule.updated", lambda _: {}, parts={"name": lambda _: "conservative"}
    ),
    ("POST", "/api/v1/audit/{entry_id}/review"): Case(
        "audit.review", lambda _: {"note": "looked at"}, parts=_other("entry_id")
    ),
    ("POST", "/api/v1/kill-switch/activate"): Case(
        "kill_switch.activate",
        lambda _: {"scope": "tenant", "reason": "enough"},
        # It holds, and lies in a file until it is stored with its entry.
        refused=202,
    ),
    ("POST", "/api/v1/kill-switch/release"): Case(
        "kill_switch.release",
        lambda known: {"scope": "account", "reason": "looked", "account_id": known.halted_id},
    ),
    # Behind those that would need it.
    ("PUT", "/api/v1/kill-switch/passcode"): Case(
        "kill_switch.set_passcode", lambda _: {"passcode": "24681357"}
    ),
    # There is no such model: it is put down who asked before it is looked for.
    ("POST", "/api/v1/models/{name}/load"): Case(
        "inference.model.load", lambda _: {}, ok=(404,), parts={"name": lambda _: "mlp"}
    ),
    ("POST", "/api/v1/models/{name}/unload"): Case(
        "inference.model.unload", ok=(404,), parts={"name": lambda _: "mlp"}
    ),
    **{
        ("POST", path): Case(
            "",
            lambda _: dict(MODEL_INPUTS),
            ok=(404,),
            unrecorded=NOTHING,
            parts={"name": lambda _: "mlp", "version": lambda _: "1"},
        )
        for path in (
            "/api/v1/inference/{name}",
            "/v2/models/{name}/infer",
            "/v2/models/{name}/versions/{version}/infer",
        )
    },
    ("POST", "/api/v1/market/replay/pause"): Case("market.replay.pause"),
    ("POST", "/api/v1/market/replay/resume"): Case("market.replay.resume"),
    ("POST", "/api/v1/auth/challenge"): Case("identity.login", _of("answer")),
    ("POST", "/api/v1/auth/step-up"): Case("session.step_up", _of("step_up"), whose=_FINN),
    ("POST", "/api/v1/auth/recovery"): Case("recovery.ask", _of("recover")),
    ("DELETE", "/api/v1/recovery"): Case("recovery.cancel", whose="gina@example.com"),
    ("POST", "/api/v1/factors/totp/{factor_id}/confirm"): Case(
        "factor.confirm", _of("confirm"), parts=_other("factor_id"), whose=_FINN
    ),
    ("POST", "/api/v1/factors/backup-codes"): Case("factor.backup_codes", whose=_FINN),
    ("DELETE", "/api/v1/factors/{factor_id}"): Case(
        "factor.remove", parts={"factor_id": lambda known: known.others["app_id"]}, whose=_FINN
    ),
    ("POST", "/api/v1/factors/totp"): Case("factor.enrol", lambda _: {}, whose=_FINN),
    ("POST", "/api/v1/auth/token"): Case(
        "identity.login_failed", lambda _: {"email": EMAIL, "password": _PASSWORD}, ok=(401,)
    ),
    ("POST", "/api/v1/auth/login"): Case(
        "identity.login_failed",
        lambda _: {"email": "nobody@example.com", "password": _PASSWORD},
        ok=(401,),
    ),
    # Used before: whoever comes with it may have stolen it. A good one leaves no entry.
    ("POST", "/api/v1/auth/refresh"): Case("session.reuse", _of("refresh"), ok=(401,)),
    ("POST", "/api/v1/auth/join"): Case(
        "invitation.accept",
        lambda known: {"token": known.others["join"], "name": "Eve", "password": NEW},
    ),
    ("POST", "/api/v1/auth/passkey/options"): Case("", unrecorded=_ASKS),
    ("POST", "/api/v1/auth/passkey"): Case("identity.login", _of("passkey_answer")),
    ("POST", "/api/v1/auth/challenge/passkey-options"): Case(
        "", lambda _: {"challenge": "x"}, ok=(401,), unrecorded=_ASKS
    ),
    ("POST", "/api/v1/auth/step-up/passkey-options"): Case("", ok=(403,), unrecorded=_ASKS),
    ("POST", "/api/v1/passkeys/options"): Case("", unrecorded=_ASKS),
    ("POST", "/api/v1/passkeys"): Case("passkey.add", _of("passkey_made"), whose="hal@example.com"),
    ("PATCH", "/api/v1/passkeys/{passkey_id}"): Case(
        "passkey.rename",
        lambda _: {"label": "Renamed"},
        parts=_other("passkey_id"),
        whose="hal@example.com",
    ),
    ("DELETE", "/api/v1/passkeys/{passkey_id}"): Case(
        "passkey.remove", parts=_other("passkey_id"), whose="hal@example.com"
    ),
    ("DELETE", "/api/v1/sessions/{session_id}"): Case("session.revoke", parts=_other("session_id")),
    ("PATCH", "/api/v1/devices/{device_id}"): Case(
        "device.label", lambda _: {"label": "Study"}, parts=_other("device_id")
    ),
    ("POST", "/api/v1/devices/{device_id}/trust"): Case("device.trust", parts=_other("device_id")),
    ("DELETE", "/api/v1/devices/{device_id}/trust"): Case(
        "device.distrust", parts=_other("device_id")
    ),
    ("DELETE", "/api/v1/devices/{device_id}"): Case("device.remove", parts=_other("device_id")),
    # Who acknowledges it has read it.
    ("POST", "/api/v1/notices/{notice_id}/read"): Case("notice.read", parts=_other("notice_id")),
    ("POST", "/api/v1/notices/{notice_id}/acknowledge"): Case(
        "notice.acknowledge", parts=_other("notice_id")
    ),
    ("POST", "/api/v1/auth/logout"): Case("token.end", whose="bob@example.com"),
    ("POST", "/api/v1/auth/logout-everywhere"): Case(
        "session.logout_everywhere", whose="bob@example.com"
    ),
    ("POST", "/api/v1/auth/password"): Case(
        "password.change",
        lambda _: {"current": NEW, "password": f"{NEW} anew"},
        whose="bob@example.com",
    ),
    ("POST", "/api/v1/auth/password/reset"): Case(
        "password.reset", lambda known: {"token": known.others["reset"], "password": f"{NEW} again"}
    ),
    ("POST", "/api/v1/users/{user_id}/password-reset"): Case(
        "password.reset_issue", parts={"user_id": lambda known: known.others["bob@example.com"]}
    ),
    ("POST", "/api/v1/users/{user_id}/disable"): Case(
        "user.disable", parts={"user_id": lambda known: known.others["carl@example.com"]}
    ),
    ("POST", "/api/v1/users/{user_id}/enable"): Case(
        "user.enable", parts={"user_id": lambda known: known.others["dora@example.com"]}
    ),
    ("DELETE", "/api/v1/invitations/{invitation_id}"): Case(
        "invitation.withdraw", parts=_other("invitation_id")
    ),
    ("POST", "/api/v1/command-keys/{key_id}/disable"): Case(
        "command_key.disable", parts={"key_id": lambda _: "enabled"}
    ),
    ("POST", "/api/v1/command-keys/{key_id}/enable"): Case(
        "command_key.enable", parts={"key_id": lambda _: "disabled"}
    ),
    ("POST", "/api/v1/ws/ticket"): Case(
        "", unrecorded="it opens what the token opens, for half a minute"
    ),
    ("POST", "/api/v1/agents"): Case(
        "agent.register",
        lambda known: {"agent_id": "registered", "member_id": known.others["member_id"]},
    ),
    # Nobody but its machine beats for an agent.
    ("POST", "/api/v1/agents/{agent_id}/heartbeat"): Case(
        "",
        lambda _: {},
        ok=(409,),
        parts={"agent_id": lambda _: "running"},
        unrecorded="an agent says that it lives, twice a second",
    ),
    ("POST", "/api/v1/agents/{agent_id}/pause"): Case(
        "agent.pause", parts={"agent_id": lambda _: "running"}
    ),
    ("POST", "/api/v1/agents/{agent_id}/resume"): Case(
        "agent.resume", parts={"agent_id": lambda _: "paused"}
    ),
    ("PATCH", "/api/v1/members/{member_id}"): Case(
        "member.change", lambda _: {"name": "renamed"}, parts=_MEMBER
    ),
    ("PUT", "/api/v1/members/{member_id}/accounts/{account_id}"): Case(
        "member.grant", lambda _: {"level": "read"}, parts=_GRANT
    ),
    ("DELETE", "/api/v1/members/{member_id}/accounts/{account_id}"): Case(
        "member.revoke", parts=_GRANT
    ),
    ("DELETE", "/api/v1/tokens/{token_id}"): Case("token.revoke", parts=_other("token_id")),
    ("PUT", "/api/v1/user/workspaces/{workspace_id}/default"): Case(
        "workspace.preferred", parts=_other("workspace_id")
    ),
    ("DELETE", "/api/v1/user/workspaces/{workspace_id}"): Case(
        "workspace.deleted", parts=_other("workspace_id")
    ),
    ("POST", "/api/v1/api-keys"): Case("api_key.create", lambda _: {**API_KEY, "name": "another"}),
    ("PUT", "/api/v1/api-keys/{key_id}"): Case(
        "api_key.update", lambda _: {"name": "renamed"}, parts=_other("key_id")
    ),
    ("POST", "/api/v1/api-keys/{key_id}/verify"): Case("api_key.verify", parts=_other("key_id")),
    ("POST", "/api/v1/api-keys/{key_id}/rotate"): Case(
        "api_key.rotate", lambda _: READER, parts=_other("key_id")
    ),
    ("DELETE", "/api/v1/api-keys/{key_id}"): Case("api_key.delete", parts=_other("key_id")),
    ("PUT", "/api/v1/succession/plan"): Case(
        "succession.plan_written", lambda k: plan_of(k.others)
    ),
    ("POST", "/api/v1/succession/letters"): Case(
        "letter.created",
        lambda k: {**LETTER, "name": "to a trustee", "readers": [k.others["trustee"]]},
    ),
    ("POST", "/api/v1/succession/confirmations"): Case(
        "", ok=(409,), unrecorded=_NOT_ASKED, whose="trustee"
    ),
    ("POST", "/api/v1/succession/release-trading"): Case(
        "", ok=(409,), unrecorded=_NOT_ASKED, whose="trustee"
    ),
    ("POST", "/api/v1/signals/hooks/{source}"): Case(
        "",
        lambda _: {"secret": "x", "symbol": "AAPL", "side": "buy"},
        ok=(403,),
        unrecorded="no hook is set; what one sends is taken in as any signal is",
        parts={"source": lambda _: "tv"},
    ),
    ("POST", "/succession/answer/{link_token}"): Case(
        "", ok=(404,), unrecorded="no link was mailed", parts={"link_token": lambda _: "bls_x"}
    ),
}


def name_of(text: str) -> str:
    """Return a name that every area takes, and no other text has."""
    return f"n-{sha256(text.encode()).hexdigest()[:16]}"


def _declared(route: str, case: Declared) -> Case:
    """Return how the route of an area is asked; its ids are of things made for it alone."""
    unique = {case.unique: name_of(route)} if case.unique else {}
    # Deeper in a body an account may be left out.
    named = [where[1:] for where, kind in case.ids.items() if kind == "account" and where[0] == "/"]
    accounts = [name for name in named if "/" not in name]
    return Case(
        case.action,
        lambda known: (
            None
            if case.body is None
            else {**case.body, **unique, **dict.fromkeys(accounts, known.account_id)}
        ),
        unrecorded="" if case.action else NOTHING,
        parts={
            **{name: partial(_as_is, value) for name, value in case.plain.items()},
            **{name: partial(_other_of, f"{route} {name}") for name in case.ids if name[0] != "/"},
        },
        query=case.query,
    )


def _as_is(value: str, _: Known) -> str:
    return value


def _other_of(name: str, known: Known) -> str:
    return known.others[name]


DECLARED = {
    route: one if isinstance(one, Declared) else one[0]
    for area in AREAS
    for route, one in area.cases.items()
    if not route.startswith("GET ") and (*route.split(),) not in _STANDING
}
THINGS = {name: thing for area in AREAS for name, thing in area.things.items()}
CASES = _STANDING | {
    (route.split()[0], route.split()[1]): _declared(route, case)
    # First what is done to one thing: what is done to all may leave none of it.
    for route, case in sorted(DECLARED.items(), key=lambda item: not item[1].ids)
}


def changing_routes(context: Context) -> set[tuple[str, str]]:
    """Return every method and path of the running app that can change something."""
    reading = {"GET", "HEAD", "OPTIONS"}
    return {
        (str(method), route.path_format)
        for route in context.app.routes
        if isinstance(route, HTTPRoute)
        for method in set(route.methods) - reading
    }


def path_of(path: str, *, case: Case, known: Known) -> str:
    """Return the path with its ids."""
    for name, part in case.parts.items():
        path = path.replace(f"{{{name}}}", part(known))
    return path
