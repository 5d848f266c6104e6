"""Choose the rulebook of an account; one that lets it lean on more waits for a second look."""

from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from application.approvals.propose import Proposal, ProposeChange
from application.margin.context import MarginContext
from application.orders.gatekeeper import Gatekeeper
from application.shared.asker import Asker
from application.shared.change import Described
from domain.accounts.account import Account
from domain.accounts.account_margin import (
    AccountMargin,
    checked_rulebook,
    describe_margin,
    loosens,
)
from domain.approvals.change import PendingChange
from domain.margin.rulebook import NoTable, RulebookName
from domain.shared.refusals import Outdated
from domain.shared.values import InvalidValue
from ports.margin import MARGIN_ACCOUNTS
from ports.transactions import Conflict
from ports.work import Work

# Which pending changes are applied here.
MARGIN_RULEBOOK = "margin_rulebook"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMargin:
    """Change what is set of an account's margin; every order that follows is held to it."""

    context: MarginContext
    proposing: ProposeChange
    gatekeeper: Gatekeeper

    async def rulebook(
        self,
        account_id: UUID,
        *,
        name: str,
        reason: str,
        by: Asker,
        expected: int | None = None,
    ) -> AccountMargin | PendingChange:
        """Return the setting as stored, or the change that waits where it loosens.

        Raises AccountNotFound, Outdated, InvalidValue.
        """
        account = await self.context.account(tenant_id=by.tenant_id, account_id=account_id)
        chosen = checked_rulebook(name, account=account)
        table = self.context.rulebook(chosen, account.broker, self.context.rules_day())
        if isinstance(table, NoTable):
            raise InvalidValue(field="rulebook", problem=table.problem)
        hurdle = await self.proposing.hurdle(tenant_id=by.tenant_id)

        async def change(work: Work) -> AccountMargin | PendingChange:
            before = await self._seen(work, account, expected=expected)
            after = replace(before, rulebook=chosen, version=before.version + 1)
            if before.rulebook is chosen:
                return before
            if loosens(before.rulebook, chosen):
                proposal = _proposal(before, after)
                held = await self.proposing.hold(
                    work, proposal, reason=reason, by=by, hurdle=hurdle
                )
                if held is not None:
                    return held
            said = {"reason": reason, "proposer": by.actor}
            return await self._store(work, before, after, by=by, said=said)

        done = await self.context.changes.run(change, tenant_id=by.tenant_id)
        if isinstance(done, AccountMargin):
            await self.applied(tenant_id=by.tenant_id)
        return done

    async def automatic(
        self, account_id: UUID, *, target: Decimal | None, by: Asker, expected: int | None = None
    ) -> AccountMargin:
        """Set to which buffer the account is brought back by itself, None for never.

        Raises AccountNotFound, Outdated, InvalidValue.
        """
        account = await self.context.account(tenant_id=by.tenant_id, account_id=account_id)

        async def change(work: Work) -> AccountMargin:
            before = await self._seen(work, account, expected=expected)
            after = replace(before, automatic_target=target, version=before.version + 1)
            if before.automatic_target == target:
                return before
            return await self._store(work, before, after, by=by)

        done = await self.context.changes.run(change, tenant_id=by.tenant_id)
        await self.applied(tenant_id=by.tenant_id)
        return done

    async def apply(self, work: Work, change: PendingChange, *, by: Asker) -> bool:
        """Apply an approved choice; False where the setting is of another version by now."""
        account = await self.context.directory.find(
            tenant_id=change.tenant_id, account_id=change.subject
        )
        if account is None:
            return False
        before = await self.context.setting(work, account)
        if before.version != change.subject_version:
            return False
        after = replace(before, rulebook=RulebookName(change.payload), version=before.version + 1)
        said = {"reason": change.reason, "proposer": change.proposer}
        await self._store(work, before, after, by=by, said=said)
        return True

    async def applied(self, *, tenant_id: UUID) -> None:
        """Have the gate of this process decide by it now; other processes are fenced."""
        await self.gatekeeper.refresh(tenant_id=tenant_id)

    async def _seen(self, work: Work, account: Account, *, expected: int | None) -> AccountMargin:
        before = await self.context.setting(work, account)
        if expected is not None and before.version != expected:
            raise Outdated(before.version)
        return before

    async def _store(
        self,
        work: Work,
        before: AccountMargin,
        after: AccountMargin,
        *,
        by: Asker,
        said: Described | None = None,
    ) -> AccountMargin:
        records = work.records(MARGIN_ACCOUNTS)
        if not before.version:
            await records.add(after)
        elif not await records.update(after):
            raise Conflict(f"the margin of account {after.id} changed meanwhile")
        more = said or {"reason": "", "proposer": ""}
        await self.context.changes.record(
            work,
            "margin.set",
            by=by,
            subject=after.id,
            before={**describe_margin(before), "reason": "", "proposer": ""},
            after={**describe_margin(after), **more},
            channel="risk",
            account_id=after.id,
        )
        return after


def _proposal(before: AccountMargin, after: AccountMargin) -> Proposal:
    return Proposal(
        kind=MARGIN_RULEBOOK,
        subject=before.id,
        subject_version=before.version,
        payload=after.rulebook.value,
        before=describe_margin(before),
        after=describe_margin(after),
        account_id=before.id,
    )
