"""Route templates of limits."""

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from adapters.http.approvals import ChangeView, Reason, change_view
from adapters.http.documented import described
from adapters.http.idempotency import again, once_of
from adapters.http.permissions import reach
from adapters.http.problem_kinds import TOO_MANY_RULES
from adapters.http.problems import absent, conflict, key_reused
from adapters.http.reading import decoder_of
from adapters.http.risk.schemas import RuleView, rule_view
from adapters.http.wire import (
    Answer,
    HttpRequest,
    answer,
    asker_of,
    body_of,
    decode,
    encode,
    text_of,
)
from application.risk.apply_template import ApplyOutcome, TemplateApplied
from application.risk.commands import TooManyRules
from application.risk.facade import RiskUseCases
from application.shared.change import KeyReused, Once, Replayed
from domain.identity.access import Permission
from domain.risk.rule import Action, RuleType
from domain.risk.templates import TEMPLATES, RuleTemplate, TemplateName


class TemplateRuleView(msgspec.Struct):
    """One limit of a template."""

    name: str
    rule_type: RuleType
    threshold: str
    action: Action
    parameters: dict[str, str | list[str]]


class TemplateView(msgspec.Struct):
    """A set of limits, for an account of some 100,000 in its currency."""

    name: TemplateName
    summary: str
    rules: list[TemplateRuleView]


class TemplateList(msgspec.Struct):
    """Every template there is."""

    items: list[TemplateView]


class ApplyBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Why: needed where the template loosens a limit and somebody has to agree."""

    reason: Reason | None = None


class AppliedView(msgspec.Struct, kw_only=True):
    """The rules that were made or changed, and the change that holds what is loosened."""

    rules: list[RuleView]
    change: ChangeView | None


_APPLY = decoder_of(ApplyBody)


def template_routes(facade: RiskUseCases) -> list[HTTPRouteHandler]:
    """Return /templates and /templates/{name}/apply."""

    @get(
        "/templates",
        **described(
            "List the templates of limits that there are",
            permission=Permission.RISK_READ,
            answers={200: TemplateList},
        ),
    )
    async def list_templates() -> Answer:
        return answer(TemplateList([_template_view(one) for one in TEMPLATES.values()]))

    @post(
        "/templates/{name:str}/apply",
        **described(
            "Apply a template: tighter limits at once, looser ones once somebody has agreed",
            permission=Permission.RISK_WRITE,
            body=ApplyBody,
            body_required=False,
            answers={200: AppliedView, 202: AppliedView},
            problems=(404, 409),
            idempotent=True,
            step_up=True,
        ),
    )
    async def apply_template(request: HttpRequest, name: FromPath[str]) -> Answer:
        known = {one.value: one for one in TemplateName}
        if name not in known:
            raise absent(f"there is no template {name!r}; there are: {', '.join(known)}")
        # Its limits are over all accounts.
        reach(request.scope["state"], account_id=None)
        body = await body_of(request)
        reason = decode(body, decoder=_APPLY).reason if body else None
        once: Once[ApplyOutcome] | None = once_of(request, body, render=_applied)
        done = await facade.apply_template(
            known[name], asker=asker_of(request), reason=reason or "", once=once
        )
        match done:
            case Replayed():
                return again(done.status, done.body)
            case KeyReused():
                raise key_reused()
            case _:
                return _shown_applied(done)

    return [list_templates, apply_template]


def _shown_applied(done: ApplyOutcome) -> Answer:
    if isinstance(done, TooManyRules):
        detail = f"a tenant may have {done.allowed} rules; delete some first"
        raise conflict(detail, kind=TOO_MANY_RULES)
    return answer(_applied_view(done), status=_status(done))


def _applied(done: ApplyOutcome) -> tuple[int, bytes] | None:
    if isinstance(done, TooManyRules):
        return None
    return _status(done), encode(_applied_view(done))


def _status(done: TemplateApplied) -> int:
    return 200 if done.change is None else 202


def _applied_view(done: TemplateApplied) -> AppliedView:
    change = done.change
    return AppliedView(
        rules=[rule_view(one) for one in done.rules],
        change=None if change is None else change_view(change),
    )


def _template_view(template: RuleTemplate) -> TemplateView:
    return TemplateView(
        name=template.name,
        summary=template.summary,
        rules=[
            TemplateRuleView(
                name=one.name,
                rule_type=one.rule_type,
                threshold=text_of(one.threshold),
                action=one.action,
                parameters={
                    name: value if isinstance(value, str) else list(value)
                    for name, value in one.parameters.items()
                },
            )
            for one in template.rules
        ],
    )
