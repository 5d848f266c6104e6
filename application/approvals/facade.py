"""Answer for changes that wait for a second look."""

from dataclasses import dataclass

from application.approvals.decide_change import DecideChange
from application.approvals.deps import ApprovalContext
from application.approvals.propose import ProposeChange
from application.approvals.read_changes import ReadChanges


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalUseCases:
    """Everything that can be asked of pending changes; areas register what applies theirs."""

    context: ApprovalContext
    proposing: ProposeChange
    deciding: DecideChange
    reading: ReadChanges
