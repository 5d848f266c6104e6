"""Make the parts of the page that are not charts over time: tiles, months, bars, tables."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# The return at which a month's colour is full: rarer ones look no different.
_FULL_AT = 0.04
_BAR_WIDTH, _BAR_STEP, _BAR_LEFT, _BAR_RIGHT = 500, 30, 190, 60


def percent(value: float | None, *, digits: int = 1, signed: bool = False) -> str:
    """Write a fraction as percent, a dash for none."""
    if value is None:
        return "–"
    # Adding 0.0 makes of -0.0 a plain zero.
    rounded = round(value * 100, digits) + 0.0
    return f"{rounded:{'+' if signed else ''},.{digits}f} %".replace("-", "−")


def number(value: float | None, *, digits: int = 2) -> str:
    """Write a number, a dash for none."""
    if value is None:
        return "–"
    return f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", "−")


def money(value: float, *, currency: str, digits: int = 0) -> str:
    """Write an amount of a currency."""
    sign, unit = "−" if value < 0 else "", "$" if currency == "USD" else f"{currency} "
    return f"{sign}{unit}{abs(value):,.{digits}f}"


def tiles(items: Iterable[tuple[str, str, str]]) -> str:
    """Lay out (name, figure, remark) as tiles."""
    made = "".join(
        f'<div class="tile"><dt>{escape(name)}</dt><dd>{escape(figure)}'
        f"<small>{escape(remark)}</small></dd></div>"
        for name, figure, remark in items
    )
    return f'<dl class="tiles">{made}</dl>'


def month_table(months: Mapping[tuple[int, int], float]) -> str:
    """Lay out monthly returns, a row per year, coloured by sign and size."""
    if not months:
        return '<p class="note">No month was played.</p>'
    years = sorted({year for year, _ in months})
    rows = []
    for year in years:
        whole = 1.0
        cells = []
        for month, name in enumerate(MONTHS, start=1):
            value = months.get((year, month))
            if value is None:
                cells.append('<td class="none">·</td>')
                continue
            whole *= 1 + value
            cells.append(_month(value, title=f"{name} {year}"))
        cells.append(_month(whole - 1, title=str(year), kind="year"))
        rows.append(f"<tr><th>{year}</th>{''.join(cells)}</tr>")
    head = "".join(f"<th>{name}</th>" for name in (*MONTHS, "Year"))
    return (
        '<div class="scroll"><table class="months"><thead><tr><th></th>'
        f"{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def bars(counts: Mapping[str, int], *, none: str) -> str:
    """Draw counts as horizontal bars, the sentence `none` when there are none."""
    if not counts:
        return f'<p class="note">{escape(none)}</p>'
    most = max(counts.values())
    room = _BAR_WIDTH - _BAR_LEFT - _BAR_RIGHT
    height = _BAR_STEP * len(counts) + 4
    parts = [f'<svg viewBox="0 0 {_BAR_WIDTH} {height}" role="img" aria-label="Counts by name">']
    for index, (name, count) in enumerate(counts.items()):
        top = 4 + index * _BAR_STEP
        long = max(room * count / most, 2)
        parts.append(
            f'<text x="{_BAR_LEFT - 10}" y="{top + 15}" text-anchor="end">{escape(name)}</text>'
            f'<rect x="{_BAR_LEFT}" y="{top}" width="{long:.1f}" height="21" rx="4" '
            f'fill="var(--bar)"/><text class="figure" x="{_BAR_LEFT + long + 8:.1f}" '
            f'y="{top + 15}">{count:,}</text>'
        )
    return "".join(parts) + "</svg>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, texts: int = 1) -> str:
    """Lay out a table; its first `texts` columns are words, the others figures."""
    heads = "".join(f"<th{_kind(i, texts)}>{escape(name)}</th>" for i, name in enumerate(head))
    body = "".join(
        "<tr>"
        + "".join(f"<td{_kind(i, texts)}>{escape(c)}</td>" for i, c in enumerate(row))
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Lay out names and what they are."""
    body = "".join(
        f"<tr><td>{escape(name)}</td><td><code>{escape(value)}</code></td></tr>"
        for name, value in rows
    )
    return f'<table class="facts"><tbody>{body}</tbody></table>'


def _month(value: float, *, title: str, kind: str = "") -> str:
    colour = "--gain" if value >= 0 else "--loss"
    depth = min(abs(value) / _FULL_AT, 1.0) * 0.55
    return (
        f'<td class="{kind}" style="background:rgba(var({colour}),{depth:.2f})" '
        f'title="{title}: {percent(value, digits=2, signed=True)}">'
        f"{number(value * 100, digits=1)}</td>"
    )


def _kind(index: int, texts: int) -> str:
    return ' class="text"' if index < texts else ""
