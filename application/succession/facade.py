"""Answer for succession."""

from dataclasses import dataclass

from application.succession.acts import SuccessionActs
from application.succession.answer_link import SuccessionLinks
from application.succession.dry_run import DryRun
from application.succession.keep_plan import KeepPlan
from application.succession.look import LookAtSuccession


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessionUseCases:
    """Everything that can be asked of a succession."""

    plans: KeepPlan
    acts: SuccessionActs
    look: LookAtSuccession
    dry_run: DryRun
    links: SuccessionLinks
