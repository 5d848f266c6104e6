"""Ask for a step-up where it is too long ago that somebody showed who they are (RFC 9470)."""

from dataclasses import dataclass
from datetime import timedelta

from adapters.http.problem_kinds import NEEDS_PERSON, STEP_UP_REQUIRED
from adapters.http.problems import Problem
from domain.identity.tenant import Principal, PrincipalKind
from ports.time import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """How long it counts that somebody showed who they are."""

    clock: Clock
    within_s: int

    def check(self, principal: Principal) -> None:
        """Raise the problem of who cannot show it, or has not of late."""
        if principal.kind is not PrincipalKind.PERSON:
            raise Problem(kind=NEEDS_PERSON, detail=NEEDS_PERSON.meaning)
        shown_at = principal.authenticated_at
        within = timedelta(seconds=self.within_s)
        if shown_at is not None and self.clock.now() - shown_at <= within:
            return
        said = f'error="insufficient_user_authentication", max_age={self.within_s}'
        raise Problem(
            kind=STEP_UP_REQUIRED,
            detail=STEP_UP_REQUIRED.meaning,
            headers={"WWW-Authenticate": f"Bearer {said}"},
        )
