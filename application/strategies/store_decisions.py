"""Store what strategies decided, with its trail and its notices."""

from collections.abc import Sequence

from application.shared.asker import Asker
from application.shared.change import Changes, RecordedChange
from application.strategies.keep_strategies import CHANNEL, DECISIONS
from application.strategies.read_batch import decided
from domain.strategies.strategy import StrategyDecision, describe_decision
from ports.work import Work


async def store_decisions(
    work: Work, decisions: Sequence[StrategyDecision], *, changes: Changes
) -> None:
    """Store decisions of one tenant within a change, those that are there already left out."""
    records = work.records(DECISIONS)
    known = await decided(records, {one.signal_id for one in decisions})
    new = [one for one in decisions if (one.strategy_id, one.signal_id) not in known]
    if not new:
        return
    await records.add_many(new)
    await changes.record_many(
        work,
        "strategy.decided",
        [RecordedChange(subject=one.id, before=None, after=describe_decision(one)) for one in new],
        by=Asker(tenant_id=new[0].tenant_id, actor="strategies"),
        channel=CHANNEL,
    )
