"""Take a language model's advice on a rating: a more careful one, and why, or nothing."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from application.shared.asker import Asker
from application.shared.change import Changes
from domain.audit.entry import AuditEntry
from domain.risk.advice import (
    Advice,
    AdviceBudget,
    NoAdvice,
    Prompt,
    prompt_of,
    read_advice,
)
from domain.risk.pre_trade import Analysis
from domain.risk.rating import Rating
from ports.adviser import ADVICE_BUDGETS, Adviser, AdviserUnavailable
from ports.storage import StorageUnavailable
from ports.transactions import Conflict
from ports.work import Work

# A model that did not answer is left alone for so long: who asks next is not kept waiting by it.
REST_S = 30.0
REPLY_KEPT = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceTaken:
    """What an adviser made of a rating; the rating is never less careful than before.

    model is whose word it is, "" where no reply counted; problem says why there is none.
    """

    rating: Rating
    explanation: str = ""
    model: str = ""
    problem: str = ""


@dataclass(slots=True, kw_only=True)
class TakeAdvice:
    """Ask the adviser's models in turn until a reply counts.

    Whatever fails, or is late, leaves the rating as it was. Each question is counted against the
    tenant's day, and in the trail, before it is asked, and each reply after it.
    """

    adviser: Adviser
    changes: Changes
    timeout_s: float
    requests_per_day: int
    # By model, when it may be asked again, by monotonic time.
    _rests: dict[str, float] = field(default_factory=dict)

    async def __call__(
        self,
        analysis: Analysis,
        *,
        rating: Rating,
        objections: int,
        by: Asker,
        account_id: UUID,
    ) -> AdviceTaken:
        """Return the advice; raises nothing but what cancels the caller."""
        prompt = prompt_of(analysis, rating=rating, objections=objections)
        problem = "every model is left alone for a moment: none of them answered"
        for model in self.adviser.models:
            if self._rests.get(model, 0.0) > self.changes.clock.monotonic():
                continue
            question = _Question(prompt=prompt, model=model, by=by, account_id=account_id)
            try:
                if not await self._spend(question):
                    return AdviceTaken(rating=rating, problem="the day's requests are used up")
                said, reply = await self._ask(question, rating=rating)
                await self._note(question, rating=rating, said=said, reply=reply)
            except (StorageUnavailable, Conflict):
                # What is not in the trail is not believed.
                return AdviceTaken(rating=rating, problem="the trail cannot be written")
            if isinstance(said, Advice):
                return AdviceTaken(rating=said.rating, explanation=said.explanation, model=model)
            problem = said.problem
        return AdviceTaken(rating=rating, problem=problem)

    async def _ask(self, question: "_Question", *, rating: Rating) -> tuple[Advice | NoAdvice, str]:
        try:
            async with asyncio.timeout(self.timeout_s):
                reply = await self.adviser.ask(question.prompt, model=question.model)
        except AdviserUnavailable as why:
            problem = str(why)
        except TimeoutError:
            problem = f"no reply within {self.timeout_s:g} s"
        except Exception as why:  # noqa: BLE001 - no fault of an adapter keeps an analysis
            problem = f"failed: {type(why).__name__}"
        else:
            return read_advice(reply, rating=rating), reply
        self._rests[question.model] = self.changes.clock.monotonic() + REST_S
        return NoAdvice(problem), ""

    async def _spend(self, question: "_Question") -> bool:
        """Count a question against the tenant's day; tell whether it may be asked."""
        tenant_id, today = question.by.tenant_id, self.changes.clock.now().date()

        async def spend(work: Work) -> bool:
            budgets = work.records(ADVICE_BUDGETS)
            before = await budgets.get(tenant_id)
            asked = before.asked if before is not None and before.day == today else 0
            if asked >= self.requests_per_day:
                return False
            after = AdviceBudget(
                id=tenant_id,
                tenant_id=tenant_id,
                day=today,
                asked=asked + 1,
                version=1 if before is None else before.version + 1,
            )
            if before is None:
                await budgets.add(after)
            elif not await budgets.update(after):
                raise Conflict("another question was counted meanwhile")
            await work.audit(self._entry(question, "pre_trade.advice_asked"))
            return True

        return await self.changes.run(spend, tenant_id=tenant_id)

    async def _note(
        self, question: "_Question", *, rating: Rating, said: Advice | NoAdvice, reply: str
    ) -> None:
        """Write down what came of a question."""
        counted = isinstance(said, Advice)
        detail = [
            ("rating_before", rating.value),
            ("rating_after", said.rating.value if isinstance(said, Advice) else rating.value),
            ("counted", "true" if counted else "false"),
            ("problem", said.problem if isinstance(said, NoAdvice) else ""),
            # Escaped: whatever a stranger sends must not break the trail.
            ("reply", json.dumps(reply)[:REPLY_KEPT]),
        ]

        async def note(work: Work) -> None:
            await work.audit(self._entry(question, "pre_trade.advice_given", detail))

        await self.changes.run(note, tenant_id=question.by.tenant_id)

    def _entry(
        self, question: "_Question", action: str, detail: Sequence[tuple[str, str]] = ()
    ) -> AuditEntry:
        asked = [("model", question.model), ("prompt_sha256", question.prompt.hash)]
        return AuditEntry(
            id=self.changes.ids.new(),
            tenant_id=question.by.tenant_id,
            account_id=question.account_id,
            actor=question.by.actor,
            action=action,
            subject=str(question.account_id),
            at=self.changes.clock.now(),
            market_at=self.changes.market_now(),
            trace_id=question.by.trace_id,
            detail=tuple(sorted([*asked, *detail])),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """One prompt to one model, asked for somebody's account."""

    prompt: Prompt
    model: str
    by: Asker
    account_id: UUID
