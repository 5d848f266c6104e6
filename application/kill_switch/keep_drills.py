"""Keep drills with a signature, and show which of those that lie there are ours."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.kill_switch.drill import DrillFigures, SignedDrill, drill_text
from ports.drills import DrillLog, Statements
from ports.ids import Ids
from ports.time import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepDrills:
    """The drills of this installation."""

    log: DrillLog
    statements: Statements
    clock: Clock
    ids: Ids

    async def keep(self, figures: DrillFigures, *, orders: int) -> SignedDrill:
        """Sign what was measured and keep it; raises StorageUnavailable."""
        drill_id = self.ids.new()
        text = drill_text(figures, id=drill_id, at=self.clock.now(), orders=orders)
        drill = SignedDrill(id=drill_id, text=text, signature=self.statements.sign(text))
        await self.log.keep(drill)
        return drill

    async def latest(self, limit: int) -> Sequence[tuple[SignedDrill, bool]]:
        """Return the latest ones, each with whether its signature is ours."""
        found = await self.log.latest(limit)
        return [
            (drill, self.statements.is_ours(drill.text, signature=drill.signature))
            for drill in found
        ]
