"""Turn what is set of brokers into what their adapters are made with."""

from adapters.brokers.budget import RateSettings
from adapters.brokers.guarded import GuardSettings
from adapters.brokers.paper.faults import FaultSettings
from bootstrap.settings.sections import DispatchSettings, PaperSettings


def guard_of(dispatch: DispatchSettings) -> GuardSettings:
    """Return the limits; a second's worth may go at once."""
    sends, reads = dispatch.sends_per_s, dispatch.reads_per_s
    return GuardSettings(
        sends=RateSettings(per_second=sends, burst=max(1, int(sends))),
        reserved=RateSettings(per_second=reads, burst=max(1, int(reads))),
    )


def faults_of(settings: PaperSettings) -> FaultSettings:
    """Return how the paper venue misbehaves."""
    hidden_s = settings.delayed_visibility_s
    return FaultSettings(
        lost_request=settings.lost_requests,
        lost_reply=settings.lost_replies,
        hidden=1.0 if hidden_s else 0.0,
        hidden_s=hidden_s,
        latency_min_s=settings.latency_ms / 2000,
        latency_max_s=settings.latency_ms * 1.5 / 1000,
    )
