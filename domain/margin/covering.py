"""Cover a book's legs with strategies at the least sum of their costs, exactly."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

# How much is looked at, as nodes times columns: beyond it the best cover found so far is taken,
# which is legal and perhaps not the least. Nodes are few where there are few legs.
WORK_MAX = 20_000
_PIVOTS_BLAND = 200


@dataclass(frozen=True, slots=True)
class Column:
    """A strategy: how much of each leg, by its place, one of it takes, and what that costs."""

    takes: tuple[tuple[int, int], ...]
    cost: Fraction


@dataclass(frozen=True, slots=True)
class Cover:
    """How often each column is used, and how much of each leg is left to stand alone."""

    counts: tuple[int, ...]
    alone: tuple[Fraction, ...]
    cost: Fraction


def least_cover(
    sizes: Sequence[Fraction], *, alone: Sequence[Fraction], columns: Sequence[Column]
) -> Cover:
    """Return the least cover of legs of these sizes.

    alone holds what one unit of each leg costs by itself, which any part of it may be left to.
    Columns are used whole times. Branch and bound over the simplex method in exact fractions:
    a column is bounded from below by taking it out, from above by a row of its own.
    """
    best = _rounded(sizes, alone=alone, columns=columns, counts=[Fraction(0)] * len(columns))
    nodes = [_Node(taken=(0,) * len(columns), most={})]
    work = 0
    while nodes and work <= WORK_MAX:
        work += len(columns)
        node = nodes.pop()
        left = _left(sizes, columns=columns, counts=node.taken)
        if min(left, default=Fraction(0)) < 0:
            continue
        counts, cost = _relaxed(left, alone=alone, columns=columns, most=node.most)
        whole = [Fraction(taken) + count for taken, count in zip(node.taken, counts, strict=True)]
        cost += sum(
            (column.cost * taken for column, taken in zip(columns, node.taken, strict=True)),
            Fraction(0),
        )
        if cost >= best.cost:
            continue
        found = _rounded(sizes, alone=alone, columns=columns, counts=whole)
        if found.cost < best.cost:
            best = found
        at = next((i for i, count in enumerate(counts) if count.denominator != 1), None)
        if at is not None:
            nodes += node.split(at, counts[at])
    return best


@dataclass(frozen=True, slots=True)
class _Node:
    """A part of the search: columns taken out, and at most how many more of some there may be."""

    taken: tuple[int, ...]
    most: dict[int, int]

    def split(self, at: int, count: Fraction) -> Iterable["_Node"]:
        down = count.__floor__()
        most = {**self.most, at: down}
        taken = list(self.taken)
        taken[at] += down + 1
        rest = dict(self.most)
        if at in rest:
            rest[at] -= down + 1
        yield _Node(self.taken, most)
        if rest.get(at, 0) >= 0:
            yield _Node(tuple(taken), rest)


def _left(
    sizes: Sequence[Fraction], *, columns: Sequence[Column], counts: Sequence[int]
) -> list[Fraction]:
    left = list(sizes)
    for column, count in zip(columns, counts, strict=True):
        if count:
            for row, takes in column.takes:
                left[row] -= takes * count
    return left


def _rounded(
    sizes: Sequence[Fraction],
    *,
    alone: Sequence[Fraction],
    columns: Sequence[Column],
    counts: Sequence[Fraction],
) -> Cover:
    whole = tuple(count.__floor__() for count in counts)
    left = _left(sizes, columns=columns, counts=whole)
    cost = sum((one * unit for one, unit in zip(left, alone, strict=True)), Fraction(0))
    for column, count in zip(columns, whole, strict=True):
        cost += column.cost * count
    return Cover(whole, tuple(left), cost)


def _relaxed(
    sizes: Sequence[Fraction],
    *,
    alone: Sequence[Fraction],
    columns: Sequence[Column],
    most: dict[int, int],
) -> tuple[list[Fraction], Fraction]:
    """Return the least cover where columns may be used in parts, and its cost.

    One row a leg, whose slack is the part left alone, and one a bound. The slacks are the first
    basis; saved holds how much one of each column saves against leaving its legs alone.
    """
    rows = [[Fraction(0)] * len(columns) for _ in sizes]
    saved = []
    for at, column in enumerate(columns):
        for row, takes in column.takes:
            rows[row][at] = Fraction(takes)
        saved.append(
            sum((alone[row] * takes for row, takes in column.takes), Fraction(0)) - column.cost
        )
    rights = list(sizes)
    for at, bound in most.items():
        rows.append([Fraction(int(at == one)) for one in range(len(columns))])
        rights.append(Fraction(bound))
    # In the tableau a slack stands where the column that it changed places with stood.
    labels = list(range(len(columns)))
    basis = [-1 - row for row in range(len(rows))]
    gained = Fraction(0)
    pivots = 0
    while (enters := _entering(saved, labels, bland=pivots > _PIVOTS_BLAND)) is not None:
        leaves = _leaving(rows, rights, basis, enters)
        gained += _pivot(rows, rights, saved, leaves, enters)
        basis[leaves], labels[enters] = labels[enters], basis[leaves]
        pivots += 1
    counts = [Fraction(0)] * len(columns)
    for row, label in enumerate(basis):
        if label >= 0:
            counts[label] = rights[row]
    spent = sum((size * unit for size, unit in zip(sizes, alone, strict=True)), Fraction(0))
    return counts, spent - gained


def _entering(saved: list[Fraction], labels: list[int], *, bland: bool) -> int | None:
    better = [at for at, one in enumerate(saved) if one > 0]
    if not better:
        return None
    # The largest saving is quick; the first by name cannot go round in circles.
    return min(better, key=labels.__getitem__) if bland else max(better, key=saved.__getitem__)


def _leaving(
    rows: list[list[Fraction]], rights: list[Fraction], basis: list[int], enters: int
) -> int:
    # Every column takes something of a leg, so that some row always bounds it.
    return min(
        (at for at, row in enumerate(rows) if row[enters] > 0),
        key=lambda at: (rights[at] / rows[at][enters], basis[at]),
    )


def _pivot(
    rows: list[list[Fraction]],
    rights: list[Fraction],
    saved: list[Fraction],
    leaves: int,
    enters: int,
) -> Fraction:
    """Exchange a column for a slack; return what that saves."""
    row = rows[leaves]
    by = row[enters]
    row[enters] = Fraction(1)
    rows[leaves] = row = [one / by if one else one for one in row]
    rights[leaves] /= by
    used = [at for at, one in enumerate(row) if one]
    for at, other in enumerate(rows):
        if at == leaves or not (share := other[enters]):
            continue
        other[enters] = Fraction(0)
        for place in used:
            other[place] -= share * row[place]
        rights[at] -= share * rights[leaves]
    share = saved[enters]
    saved[enters] = Fraction(0)
    for place in used:
        saved[place] -= share * row[place]
    return share * rights[leaves]
