"""Choose how many lots of each holding to give up, at least cost, so that enough is freed.

A covering problem over whole lots, min sum of cost_i(n_i) with sum of gain_i(n_i) >= needed,
each cost convex and each gain concave. A multiplier found by bisection gives a lower bound and
what each further lot costs above it (Everett, Operations Research 11(3), 1963); what costs more
than the best plan known lies above that bound is never looked at, so what is found is least.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt

# So many partial plans are looked at; then the best known stands, and is not called the least.
LOOKS_MAX = 20_000
# So many holdings of which more than one number of lots may be right, and so many numbers of
# one: beyond them the best choice known stands too.
DEPTH_MAX, WIDTH_MAX = 400, 1_000
_HALVINGS = 60
# What is shared out is measured in money, up to billions: floats tell thousandths apart there.
_SLACK = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Lots:
    """One holding in whole lots: what giving up n of them costs and frees, in money.

    Of n lots: half the spread and tax n x (spread + tax), impact n x impact x sqrt(n), preference
    n x preference counted in the score alone. frees is what one lot frees before costs, of which
    paid is the share of trading costs that has to be freed as well.
    """

    most: int
    frees: float
    spread: float
    impact: float
    tax: float = 0.0
    preference: float = 0.0
    paid: float = 1.0

    def trading(self, n: int) -> float:
        """Spread and impact of n lots."""
        return n * (self.spread + self.impact * sqrt(n))

    def score(self, n: int) -> float:
        """What n lots cost, preference included."""
        return self.trading(n) + n * (self.tax + self.preference)

    def gain(self, n: int) -> float:
        """What n lots free after what trading them costs."""
        return n * self.frees - self.paid * self.trading(n)


@dataclass(frozen=True, slots=True, kw_only=True)
class LotChoice:
    """Lots by holding, and whether no other choice costs less."""

    lots: tuple[int, ...]
    least: bool


def choose_lots(items: Sequence[Lots], *, needed: float) -> LotChoice | None:
    """Return the cheapest choice that frees at least `needed`, None where nothing does.

    Where it is not proven the least, the choice is dearer by at most what the multiplier's bound
    leaves open, which is about one lot's cost.
    """
    useful = [_useful(item) for item in items]
    if sum(item.gain(n) for item, n in zip(items, useful, strict=True)) < needed:
        return None
    if needed <= 0:
        return LotChoice(lots=(0,) * len(items), least=True)
    multiplier, start = _multiplier(items, useful, needed=needed)
    best = _trimmed(items, start, needed=needed)
    return _Search(items, useful, needed=needed, multiplier=multiplier, best=best).run()


def _useful(item: Lots) -> int:
    """Return how many lots free the most: beyond them each costs more than it frees."""
    if not isfinite(item.frees) or item.gain(1) <= 0 or not item.most:
        return 0
    low, high = 1, item.most
    while low < high:
        middle = (low + high + 1) // 2
        if item.gain(middle) > item.gain(middle - 1):
            low = middle
        else:
            high = middle - 1
    return low


def _at(item: Lots, useful: int, *, multiplier: float) -> int:
    """Return the most lots of which each costs at most `multiplier` for what it frees."""
    left = multiplier * (item.frees - item.paid * item.spread)
    left -= item.spread + item.tax + item.preference
    grows = 1.5 * item.impact * (1 + multiplier * item.paid)
    # Where the slope of n x sqrt(n), 1.5 x sqrt(n), says; whole lots may differ by one or so.
    n = useful if left > 0 else 0
    if n and grows > 0:
        n = int(min((left / grows) ** 2, float(useful)))

    def pays(lot: int) -> bool:
        cost = item.score(lot) - item.score(lot - 1)
        return cost <= multiplier * (item.gain(lot) - item.gain(lot - 1))

    while n < useful and pays(n + 1):
        n += 1
    while n > 0 and not pays(n):
        n -= 1
    return n


def _multiplier(
    items: Sequence[Lots], useful: Sequence[int], *, needed: float
) -> tuple[float, list[int]]:
    """Return the price of what is freed at which just enough is, and the lots at that price."""

    def lots_at(multiplier: float) -> list[int]:
        return [_at(item, n, multiplier=multiplier) for item, n in zip(items, useful, strict=True)]

    def enough(lots: Sequence[int]) -> bool:
        return sum(item.gain(n) for item, n in zip(items, lots, strict=True)) >= needed

    high, found = 1.0, lots_at(1.0)
    while not enough(found):
        high *= 4
        if high > 1e30:
            return high, list(useful)
        found = lots_at(high)
    low = 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        lots = lots_at(middle)
        if enough(lots):
            high, found = middle, lots
        else:
            low = middle
        if high - low <= high * 1e-12:
            break
    return high, found


def _trimmed(items: Sequence[Lots], lots: Sequence[int], *, needed: float) -> list[int]:
    """Return the choice without lots that it can spare, the dearest ones first."""
    kept = list(lots)
    spare = sum(item.gain(n) for item, n in zip(items, kept, strict=True)) - needed
    order = sorted(
        range(len(items)),
        key=lambda i: -(items[i].score(kept[i]) - items[i].score(max(kept[i] - 1, 0))),
    )
    for i in order:
        item = items[i]
        low, high = 0, kept[i]
        # The fewest lots that are still enough: gain grows with them up to here.
        while low < high:
            middle = (low + high) // 2
            if item.gain(kept[i]) - item.gain(middle) <= spare:
                high = middle
            else:
                low = middle + 1
        spare -= item.gain(kept[i]) - item.gain(low)
        kept[i] = low
    return kept


class _Search:
    """Looks at every choice that could cost less than the best one known."""

    def __init__(
        self,
        items: Sequence[Lots],
        useful: Sequence[int],
        *,
        needed: float,
        multiplier: float,
        best: list[int],
    ) -> None:
        self._items = items
        self._needed = needed
        self._multiplier = multiplier
        self._lots = [
            _at(item, n, multiplier=multiplier) for item, n in zip(items, useful, strict=True)
        ]
        self._floors = [self._reduced(i, n) for i, n in enumerate(self._lots)]
        self._bound = sum(self._floors) + multiplier * needed
        self._take(best)
        self._rows = [self._row(i, useful[i]) for i in range(len(items))]
        # Whoever has no choice is settled; the others follow, those of most choices last.
        self._order = sorted(
            (i for i, row in enumerate(self._rows) if len(row) > 1),
            key=lambda i: len(self._rows[i]),
        )
        self._useful = useful
        self._most = [0.0]
        for i in reversed(self._order):
            # The last one closes what is still missing, wherever in its row that lies.
            most = (
                max(items[i].gain(n) for n, _ in self._rows[i])
                if len(self._most) > 1
                else items[i].gain(useful[i])
            )
            self._most.append(self._most[-1] + most)
        self._most.reverse()
        self._looks = 0
        # Not every number was looked at, and one of the others may be the right one.
        self._cut = any(len(self._rows[i]) >= WIDTH_MAX for i in self._order[:-1])

    def run(self) -> LotChoice:
        """Return the cheapest choice found."""
        if len(self._order) > DEPTH_MAX:
            return LotChoice(lots=tuple(self._best), least=False)
        settled = set(range(len(self._items))) - set(self._order)
        self._look(0, 0.0, sum(self._items[i].gain(self._lots[i]) for i in settled))
        return LotChoice(lots=tuple(self._best), least=not self._cut and self._looks <= LOOKS_MAX)

    def _reduced(self, i: int, n: int) -> float:
        return self._items[i].score(n) - self._multiplier * self._items[i].gain(n)

    def _take(self, lots: Sequence[int]) -> None:
        self._best = list(lots)
        self._score = sum(item.score(n) for item, n in zip(self._items, lots, strict=True))
        self._gap = self._score - self._bound + _SLACK * abs(self._score)

    def _row(self, i: int, useful: int) -> list[tuple[int, float]]:
        """Return the numbers of lots within the gap and how far each lies above the bound."""
        row = [(self._lots[i], 0.0)]
        for step, end in ((1, useful), (-1, 0)):
            n = self._lots[i]
            while n != end and len(row) < WIDTH_MAX:
                n += step
                above = self._reduced(i, n) - self._floors[i]
                if above > self._gap:
                    break
                row.append((n, above))
        return sorted(row, key=lambda one: one[1])

    def _compare(self) -> None:
        score = sum(item.score(n) for item, n in zip(self._items, self._lots, strict=True))
        if score < self._score:
            self._take(self._lots)

    def _fewest(self, i: int, missing: float) -> int:
        """Return the fewest lots that free what is missing: more would cost more."""
        low, high = 0, self._useful[i]
        while low < high:
            middle = (low + high) // 2
            if self._items[i].gain(middle) >= missing:
                high = middle
            else:
                low = middle + 1
        return low

    def _look(self, place: int, above: float, gained: float) -> None:
        self._looks += 1
        if gained + self._most[place] < self._needed or self._looks > LOOKS_MAX:
            return
        if place == len(self._order):
            self._compare()
            return
        i = self._order[place]
        before = self._lots[i]
        if place == len(self._order) - 1:
            self._lots[i] = self._fewest(i, self._needed - gained)
            self._compare()
            self._lots[i] = before
            return
        for n, further in self._rows[i]:
            if above + further > self._gap:
                break
            self._lots[i] = n
            self._look(place + 1, above + further, gained + self._items[i].gain(n))
        self._lots[i] = before
