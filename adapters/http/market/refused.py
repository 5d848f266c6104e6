"""Tell which kind of error it is when the replay cannot be steered."""

from collections.abc import Mapping

from adapters.http import problem_kinds as kinds
from application.market.steer_replay import (
    AccountsBusy,
    CannotSteer,
    NoReplay,
    ReplayEnded,
    ReplayGoesOn,
)

STEERING: Mapping[type[CannotSteer], kinds.Kind] = {
    NoReplay: kinds.NO_REPLAY,
    ReplayEnded: kinds.REPLAY_ENDED,
    ReplayGoesOn: kinds.REPLAY_GOES_ON,
    AccountsBusy: kinds.ACCOUNTS_BUSY,
}
