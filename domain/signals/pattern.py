"""Read a pattern out of a symbol's prices and volumes, bar by bar, and say when it fires."""

import math
from collections import deque
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.shared.values import InvalidValue

FAST = 0.1
SLOW = 0.05
RETURNS = 20
LONG_RETURNS = 100
VOLUMES = 20
# A cross counts for half as much after so many bars, and again.
HALVES_AFTER = 5
THRESHOLD = 0.3
# Having fired, the same sign fires again no sooner than after so many bars.
AGAIN_AFTER = 5

# Returns are added up as whole numbers of this unit, which holds each to its last bit: so sums
# are exact, and those of a window can be kept up by what comes and what goes.
UNITS = 2.0**106
_SPREAD = math.sqrt(RETURNS * (RETURNS - 1)) * UNITS
_LONG_SPREAD = math.sqrt(LONG_RETURNS * (LONG_RETURNS - 1)) * UNITS

# What a score is made of, and within which bounds the latest volume weighs.
TREND, VWAP, CROSS = 0.4, 0.3, 0.3
LEAST_VOLUME, MOST_VOLUME = 0.5, 1.5
_SESSION = ZoneInfo("America/New_York")


def session_of(at: datetime) -> date:
    """Return the session that a time lies in: its date in New York."""
    return at.astimezone(_SESSION).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternRules:
    """What a pattern is read with: weights of the newest price in both averages, when it fires."""

    fast: float = FAST
    slow: float = SLOW
    threshold: float = THRESHOLD
    again_after: int = AGAIN_AFTER

    def __post_init__(self) -> None:
        """Raise InvalidValue for what no pattern can be read with."""
        if not 0 < self.slow < self.fast <= 1:
            problem = f"must be above slow ({self.slow}), and both from 0 to 1, not {self.fast}"
            raise InvalidValue(field="fast", problem=problem)
        if not 0 <= self.threshold < 1:
            problem = f"must be 0 or more and below 1, not {self.threshold}"
            raise InvalidValue(field="threshold", problem=problem)
        if self.again_after < 1:
            raise InvalidValue(field="again_after", problem="must be at least 1")


USUAL = PatternRules()


# Nobody changes one, but to freeze it would take a quarter of the time of a tick.
@dataclass(slots=True)
class PatternBar:
    """What a bar left: averages and VWAP in the price's currency, sigma a bar, score in -1..1.

    None is absent: too few bars, no volume, or prices that did not move. fires: a signal.
    """

    ema_fast: float
    ema_slow: float
    vwap: float | None
    sigma: float | None
    score: float | None
    fires: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternState:
    """All that a pattern knows, to go on from later: the same figures come of it, bit by bit."""

    fast: float
    slow: float
    price: float | None
    session: date | None
    worth: float
    volume: float
    returns: tuple[float, ...]
    volumes: tuple[float, ...]
    above: int
    crossed: int
    since_cross: int
    fired: int
    since_fired: int


@dataclass(slots=True)
class Pattern:
    """The pattern of one symbol; mutable, it is brought up with every closed bar or tick.

    score = clip((0.4 T + 0.3 V + 0.3 C) u r, -1, 1): T the spread of two exponential averages and
    V the distance to the session's VWAP, both in deviations of returns through tanh; C the last
    cross of the averages, halved every five bars; u the volume beside its average of 20, within
    0.5 and 1.5; r = min(1, 2 sigma100 / sigma20), which quiets what moves more than it used to.
    """

    rules: PatternRules = USUAL
    _fast: float = 0.0
    _slow: float = 0.0
    _price: float | None = None
    _session: date | None = None
    _worth: float = 0.0
    _volume: float = 0.0
    _returns: deque[float] = field(default_factory=lambda: deque(maxlen=LONG_RETURNS))
    _volumes: deque[float] = field(default_factory=lambda: deque(maxlen=VOLUMES))
    # Which average is above the other: 0 while they never parted; and the bars since a cross.
    _above: int = 0
    _crossed: int = 0
    _since_cross: int = 0
    _fired: int = 0
    _since_fired: int = 0
    # Of the returns, in units: sums and sums of squares of the last 20 and of all that are kept.
    _units: deque[int] = field(init=False)
    _sum: int = field(init=False)
    _squares: int = field(init=False)
    _long_sum: int = field(init=False)
    _long_squares: int = field(init=False)

    def __post_init__(self) -> None:
        """Add up the returns; whole numbers, so that what went by leaves no trace in them."""
        self._units = deque((int(one * UNITS) for one in self._returns), maxlen=LONG_RETURNS)
        last = list(self._units)[-RETURNS:]
        self._sum, self._squares = sum(last), sum(one * one for one in last)
        self._long_sum = sum(self._units)
        self._long_squares = sum(one * one for one in self._units)

    def update(self, *, price: float, volume: float, session: date) -> PatternBar:
        """Take in the next bar of a session; raise InvalidValue for no price, or less volume."""
        if not 0.0 < price < math.inf:
            raise InvalidValue(field="price", problem=f"must be above 0, not {price}")
        if not 0.0 <= volume < math.inf:
            raise InvalidValue(field="volume", problem=f"must be 0 or more, not {volume}")
        if self._price is None:
            self._fast = self._slow = price
        else:
            self._take_return(_log_return(price, self._price))
            self._fast += self.rules.fast * (price - self._fast)
            self._slow += self.rules.slow * (price - self._slow)
        self._price = price
        self._since_cross += 1
        fast, slow = self._fast, self._slow
        above = 1 if fast > slow else -1 if fast < slow else 0
        if above and above != self._above:
            # That they part for the first time is no cross: they began as one.
            self._crossed, self._since_cross = (above if self._above else 0), 0
            self._above = above
        if session != self._session:
            self._session, self._worth, self._volume = session, 0.0, 0.0
        self._worth += price * volume
        traded = self._volume = self._volume + volume
        self._volumes.append(volume)
        vwap = self._worth / traded if traded else None
        sigma = None
        if len(self._units) >= RETURNS:
            spread = RETURNS * self._squares - self._sum * self._sum
            # Prices that did not move, or all as much, have none.
            sigma = math.sqrt(spread) / _SPREAD if spread else None
        score = None if vwap is None or sigma is None else self._score(price, vwap, sigma)
        return PatternBar(fast, slow, vwap, sigma, score, self._fires(score))

    def state(self) -> PatternState:
        """Return what it knows."""
        return PatternState(
            fast=self._fast,
            slow=self._slow,
            price=self._price,
            session=self._session,
            worth=self._worth,
            volume=self._volume,
            returns=tuple(self._returns),
            volumes=tuple(self._volumes),
            above=self._above,
            crossed=self._crossed,
            since_cross=self._since_cross,
            fired=self._fired,
            since_fired=self._since_fired,
        )

    @classmethod
    def of(cls, state: PatternState) -> "Pattern":
        """Return one that goes on from there."""
        return cls(
            _fast=state.fast,
            _slow=state.slow,
            _price=state.price,
            _session=state.session,
            _worth=state.worth,
            _volume=state.volume,
            _returns=deque(state.returns, maxlen=LONG_RETURNS),
            _volumes=deque(state.volumes, maxlen=VOLUMES),
            _above=state.above,
            _crossed=state.crossed,
            _since_cross=state.since_cross,
            _fired=state.fired,
            _since_fired=state.since_fired,
        )

    def restate(self, ratio: float) -> None:
        """Express all in new shares, of which a split makes `ratio` out of each."""
        if not (math.isfinite(ratio) and ratio > 0):
            raise InvalidValue(field="ratio", problem=f"must be above 0, not {ratio}")
        self._fast /= ratio
        self._slow /= ratio
        self._volume *= ratio
        self._volumes = deque((one * ratio for one in self._volumes), maxlen=VOLUMES)
        if self._price is not None:
            self._price /= ratio

    def _take_return(self, one: float) -> None:
        """Add a return, and take out those that leave the last 20 and the last 100."""
        self._returns.append(one)
        units, new = self._units, int(one * UNITS)
        square = new * new
        known = len(units)
        if known >= RETURNS:
            gone = units[-RETURNS]
            self._sum += new - gone
            self._squares += square - gone * gone
        else:
            self._sum += new
            self._squares += square
        if known == LONG_RETURNS:
            gone = units[0]
            self._long_sum += new - gone
            self._long_squares += square - gone * gone
        else:
            self._long_sum += new
            self._long_squares += square
        units.append(new)

    def _score(self, price: float, vwap: float, sigma: float) -> float | None:
        volumes = self._volumes
        usual = sum(volumes) / len(volumes)
        if usual == 0:
            return None
        slow = self._slow
        busy = volumes[-1] / usual
        if busy < LEAST_VOLUME:
            busy = LEAST_VOLUME
        elif busy > MOST_VOLUME:
            busy = MOST_VOLUME
        score = (
            TREND * math.tanh((self._fast - slow) / (sigma * slow))
            + VWAP * math.tanh((price - vwap) / (sigma * vwap))
            + CROSS * (self._crossed * 2.0 ** -(self._since_cross // HALVES_AFTER))
        ) * busy
        if len(self._units) == LONG_RETURNS:
            spread = LONG_RETURNS * self._long_squares - self._long_sum * self._long_sum
            calm = 2 * math.sqrt(spread) / _LONG_SPREAD / sigma
            # Where all of the long ones are one, so are the last of them, and there is no score.
            if calm < 1.0:
                score *= calm
        return -1.0 if score < -1.0 else min(score, 1.0)

    def _fires(self, score: float | None) -> bool:
        self._since_fired += 1
        if score is None or abs(score) <= self.rules.threshold:
            return False
        sign = 1 if score > 0 else -1
        if sign == self._fired and self._since_fired < self.rules.again_after:
            return False
        self._fired, self._since_fired = sign, 0
        return True


def _log_return(price: float, before: float) -> float:
    ratio = price / before
    if not 0.0 < ratio < math.inf:
        raise InvalidValue(field="price", problem=f"must not be {price} after {before}")
    return math.log(ratio)
