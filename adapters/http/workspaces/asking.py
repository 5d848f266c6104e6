"""Read who asks for which version of their workspaces, and say what stands against it."""

from adapters.http.problem_kinds import CHANGED
from adapters.http.problems import Problem
from adapters.http.versions import etag_of, seen_of
from adapters.http.wire import Answer, HttpRequest, answer, asker_of, principal_of
from adapters.http.workspaces.schemas import restored_view
from application.workspaces.commands import Restored, WorkspaceAsker
from domain.shared.refusals import Outdated
from domain.workspaces.workspace_set import Expected, OtherVersion, Owner


def owner_of(request: HttpRequest) -> Owner:
    """Return whose workspaces are asked for: the principal's own."""
    principal = principal_of(request)
    return Owner(tenant_id=principal.tenant_id, user_id=principal.user_id)


def workspace_asker(request: HttpRequest) -> WorkspaceAsker:
    """Return who asks, for the audit trail."""
    asker = asker_of(request)
    return WorkspaceAsker(owner=owner_of(request), actor=asker.actor, trace_id=asker.trace_id)


def restored(kept: Restored) -> Answer:
    """Answer with a workspace and its layout."""
    view = restored_view(kept)
    return answer(view, headers={"ETag": etag_of(view.version)})


def expected_of(request: HttpRequest) -> Expected:
    """Return the version that If-Match asks for; raises the problem of one that is not ours."""
    if (request.headers.get("if-match") or "").strip() == "*":
        return "*"
    return seen_of(request, what="workspace")


def changed(outcome: OtherVersion) -> Problem | Outdated:
    """Return what to raise for another version than the one that was seen."""
    if outcome.current is None:
        detail = "there is no workspace of that name; leave out If-Match to make it"
        return Problem(kind=CHANGED, detail=detail)
    return Outdated(outcome.current.version)
