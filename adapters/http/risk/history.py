"""Route overrides of rules, and their history."""

from datetime import datetime

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from adapters.http.approvals import ChangeView, Reason, change_view
from adapters.http.documented import described
from adapters.http.idempotency import again, once_of
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.problems import key_reused
from adapters.http.reading import Amount, decoder_of
from adapters.http.risk.schemas import RuleView, rule_view
from adapters.http.versions import etag_of
from adapters.http.wire import (
    Answer,
    HttpRequest,
    PathId,
    answer,
    asker_of,
    body_of,
    decode,
    encode,
    granted_to,
    moment,
    principal_of,
)
from application.risk.commands import RulePending
from application.risk.facade import RiskUseCases
from application.risk.override_rule import Overridden, OverrideCommand
from application.shared.change import KeyReused, Once, Replayed
from domain.identity.access import Permission
from domain.risk.rule_version import RuleVersion


class OverrideBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Another threshold, in the rule's own unit, until a moment within 24 hours, and why."""

    threshold: Amount
    expires_at: datetime
    reason: Reason


class RuleVersionView(msgspec.Struct, kw_only=True):
    """A rule as it was left: what was done, by whom, why and when.

    proposer is who proposed what another person approved.
    """

    id: str
    version: int
    done: str
    actor: str
    proposer: str
    reason: str
    at: str
    state: dict[str, str]


class HistoryPage(msgspec.Struct):
    """A page of a rule's versions, in their order."""

    items: list[RuleVersionView]
    next_cursor: str | None


_OVERRIDE = decoder_of(OverrideBody)


def history_routes(facade: RiskUseCases) -> list[HTTPRouteHandler]:
    """Return /{id}/overrides and /{id}/history."""
    return [_override(facade), _history(facade)]


def _override(facade: RiskUseCases) -> HTTPRouteHandler:
    def shown(done: Overridden) -> Answer:
        if isinstance(done, RulePending):
            return answer(change_view(done.change), status=202)
        headers = {"ETag": etag_of(done.rule.version)}
        return answer(rule_view(done.rule), status=201, headers=headers)

    def kept(done: Overridden) -> tuple[int, bytes]:
        if isinstance(done, RulePending):
            return 202, encode(change_view(done.change))
        return 201, encode(rule_view(done.rule))

    @post(
        "/{rule_id:uuid}/overrides",
        **described(
            "Set another threshold for a while; it is over by itself",
            permission=Permission.RISK_WRITE,
            body=OverrideBody,
            answers={201: RuleView, 202: ChangeView},
            problems=(404, 409),
            example={
                "threshold": "40000",
                "expires_at": "2026-01-02T18:00:00Z",
                "reason": "earnings week",
            },
            idempotent=True,
            step_up=True,
        ),
    )
    async def override(request: HttpRequest, rule_id: PathId) -> Answer:
        body = await body_of(request)
        said = decode(body, decoder=_OVERRIDE)
        command = OverrideCommand(
            rule_id=rule_id,
            threshold=said.threshold,
            expires_at=said.expires_at,
            reason=said.reason,
        )
        once: Once[Overridden] | None = once_of(request, body, render=kept)
        done = await facade.override_rule(command, asker=asker_of(request), once=once)
        match done:
            case Replayed():
                return again(done.status, done.body)
            case KeyReused():
                raise key_reused()
            case _:
                return shown(done)

    return override


def _history(facade: RiskUseCases) -> HTTPRouteHandler:
    @get(
        "/{rule_id:uuid}/history",
        **described(
            "List a rule's versions: who left it so, when and why",
            permission=Permission.RISK_READ,
            answers={200: HistoryPage},
            problems=(400, 404),
        ),
    )
    async def history(
        request: HttpRequest,
        rule_id: PathId,
        limit: Limit = LIMIT_DEFAULT,
        cursor: Cursor = None,
    ) -> Answer:
        found = await facade.history(
            tenant_id=principal_of(request).tenant_id,
            rule_id=rule_id,
            limit=limit + 1,
            after=after_of(cursor),
            among=granted_to(request),
        )
        return paged(found, limit=limit, shown=_version_view, page=HistoryPage)

    return history


def _version_view(one: RuleVersion) -> RuleVersionView:
    return RuleVersionView(
        id=str(one.id),
        version=one.rule_version,
        done=one.done,
        actor=one.actor,
        proposer=one.proposer,
        reason=one.reason,
        at=moment(one.at),
        state=dict(one.state),
    )
