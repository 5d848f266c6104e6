"""Read the risk rules of a replay from a file, or take the default ones."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

from domain.risk.rule import Action, Rule, RuleScope, RuleType
from domain.risk.rule_set import RULES_MAX, RuleSet
from domain.risk.rules import made_as_written
from domain.shared.amounts import read_amount, read_number
from domain.shared.json_names import load_unambiguous
from domain.shared.values import InvalidValue

FILE_BYTES_MAX = 1_000_000
_FIELDS = ("name", "rule_type", "threshold", "action", "is_active", "scope", "parameters")
_SCOPE_FIELDS = ("symbol", "strategy_id")
_ANYWHERE = RuleScope()


class RuleFileWrong(Exception):
    """A rule file that cannot be read, or that says what no rule can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """One rule as a file states it."""

    name: str
    rule_type: RuleType
    threshold: Decimal
    action: Action = Action.BLOCK
    is_active: bool = True
    scope: RuleScope = _ANYWHERE
    parameters: Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class FixedRules:
    """One rule set that never changes."""

    rule_set: RuleSet

    async def load(self, *, tenant_id: UUID) -> RuleSet:
        """Return the rule set; any other tenant has none."""
        if tenant_id != self.rule_set.tenant_id:
            return RuleSet(tenant_id=tenant_id, version=0)
        return self.rule_set


def _line(
    name: str,
    rule_type: RuleType,
    threshold: str,
    action: Action = Action.BLOCK,
    **parameters: str,
) -> RuleLine:
    return RuleLine(
        name=name,
        rule_type=rule_type,
        threshold=Decimal(threshold),
        action=action,
        parameters=parameters,
    )


# What a careful desk would start with: losses in percent, so that it fits any cash.
DEFAULT_RULES = (
    _line("Loss of a day, %", RuleType.MAX_DAILY_LOSS, "3", Action.REDUCE_ONLY, unit="percent"),
    _line("Drawdown from the peak, %", RuleType.MAX_DRAWDOWN, "25", Action.REDUCE_ONLY),
    _line("Gross exposure, times equity", RuleType.MAX_LEVERAGE, "1"),
    _line("Open positions", RuleType.POSITION_LIMIT, "10"),
    _line("One sector, % of equity", RuleType.SECTOR_CONCENTRATION, "25"),
    _line("One order, % of a day's volume", RuleType.MAX_ADV_PERCENT, "1"),
    _line("Reach through the quote, %", RuleType.PRICE_COLLAR, "5"),
    _line("Same order within 10 s", RuleType.DUPLICATE_ORDER, "1"),
    _line("Orders a second", RuleType.ORDER_RATE, "10"),
    _line("Only in market hours", RuleType.MARKET_HOURS, "0"),
    _line("Age of the quote, s", RuleType.STALE_PRICE, "60"),
)


def rule_set_of(
    lines: tuple[RuleLine, ...], *, tenant_id: UUID, new_id: Callable[[], UUID], at: datetime
) -> RuleSet:
    """Make the rule set: version 1, or 0 without rules; raise RuleFileWrong for an unfit one."""
    rules: list[Rule] = []
    for index, line in enumerate(lines):
        try:
            rule = _rule(line, id=new_id(), tenant_id=tenant_id, at=at)
            made_as_written(rule)
        except InvalidValue as fault:
            raise RuleFileWrong(f"rules[{index}].{fault}") from fault
        rules.append(rule)
    return RuleSet(tenant_id=tenant_id, version=1 if rules else 0, rules=tuple(rules))


def _rule(line: RuleLine, *, id: UUID, tenant_id: UUID, at: datetime) -> Rule:
    return Rule(
        id=id,
        tenant_id=tenant_id,
        name=line.name,
        rule_type=line.rule_type,
        threshold=line.threshold,
        action=line.action,
        created_at=at,
        updated_at=at,
        is_active=line.is_active,
        scope=line.scope,
        parameters=line.parameters,
    )


def read_rules(path: Path) -> tuple[RuleLine, ...]:
    """Read rules from a .toml or .json file; raise RuleFileWrong saying where it is wrong.

    TOML holds [[rules]] tables; JSON a list, or an object with the list under "rules".
    """
    try:
        size = path.stat().st_size
        if size > FILE_BYTES_MAX:
            raise RuleFileWrong(f"{path} has {size} bytes; at most {FILE_BYTES_MAX} are read")
        text = path.read_text(encoding="utf-8")
        read = _parsed(path, text)
    except (OSError, ValueError, RecursionError) as fault:
        raise RuleFileWrong(f"{path} cannot be read: {fault}") from fault
    listed = read
    if isinstance(read, dict):
        _refuse_unknown(read, known=("rules",), where=f"{path}")
        listed = read.get("rules")
    if not isinstance(listed, list):
        raise RuleFileWrong(f'{path}: must hold a list of rules, under "rules"')
    if len(listed) > RULES_MAX:
        raise RuleFileWrong(f"{path}: must hold at most {RULES_MAX} rules, not {len(listed)}")
    return tuple(_read_line(one, where=f"{path}: rules[{i}]") for i, one in enumerate(listed))


def _parsed(path: Path, text: str) -> Any:
    if path.suffix == ".toml":
        return tomllib.loads(text, parse_float=_literal)
    if path.suffix == ".json":
        return load_unambiguous(text, parse_float=_literal, parse_constant=_no_number)
    raise RuleFileWrong(f"{path}: must be a .toml or .json file")


def _literal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text[:64]} is not a number") from None


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


def _read_line(read: Any, *, where: str) -> RuleLine:
    if not isinstance(read, dict):
        raise RuleFileWrong(f"{where}: must be a table of {', '.join(_FIELDS)}")
    _refuse_unknown(read, known=_FIELDS, where=where)
    kind = _choice(read, RuleType, "rule_type", where=where)
    name = read.get("name", kind.replace("_", " ").capitalize())
    active = read.get("is_active", True)
    if not isinstance(name, str):
        raise RuleFileWrong(f"{where}.name: must be text, not {name!r}")
    if not isinstance(active, bool):
        raise RuleFileWrong(f"{where}.is_active: must be true or false, not {active!r}")
    action = _choice(read, Action, "action", where=where) if "action" in read else Action.BLOCK
    return RuleLine(
        name=name,
        rule_type=kind,
        threshold=_number(read.get("threshold"), where=f"{where}.threshold"),
        action=action,
        is_active=active,
        scope=_scope(read.get("scope", {}), where=f"{where}.scope"),
        parameters=_parameters(read.get("parameters", {}), where=f"{where}.parameters"),
    )


def _choice(read: Mapping[str, Any], kind: Any, field: str, *, where: str) -> Any:
    word = read.get(field)
    try:
        return kind(word)
    except ValueError:
        known = ", ".join(kind)
        raise RuleFileWrong(f"{where}.{field}: must be one of {known}, not {word!r}") from None


def _number(value: Any, *, where: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise RuleFileWrong(f"{where}: must be a number, not {value!r}")
    try:
        if isinstance(value, str):
            return read_amount(value, field="")
        return read_number(value, field="")
    except InvalidValue as unfit:
        raise RuleFileWrong(f"{where}: {unfit.problem}, not {value!r}") from None


def _scope(read: Any, *, where: str) -> RuleScope:
    if not isinstance(read, dict):
        raise RuleFileWrong(f"{where}: must be a table of {', '.join(_SCOPE_FIELDS)}")
    _refuse_unknown(read, known=_SCOPE_FIELDS, where=where)
    if not all(isinstance(value, str) for value in read.values()):
        raise RuleFileWrong(f"{where}: must hold text only")
    try:
        return RuleScope(**read)
    except InvalidValue as fault:
        raise RuleFileWrong(f"{where}: {fault}") from fault


def _parameters(read: Any, *, where: str) -> Mapping[str, str | tuple[str, ...]]:
    if not isinstance(read, dict):
        raise RuleFileWrong(f"{where}: must be a table")
    said: dict[str, str | tuple[str, ...]] = {}
    for name, value in read.items():
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            said[name] = tuple(value)
        elif isinstance(value, str | int | Decimal) and not isinstance(value, bool):
            said[name] = str(value)
        else:
            raise RuleFileWrong(f"{where}.{name}: must be text, a number or a list of text")
    return said


def _refuse_unknown(read: Mapping[str, Any], *, known: tuple[str, ...], where: str) -> None:
    for name in read:
        if name not in known:
            raise RuleFileWrong(f"{where}: {name!r} is not known; known are {', '.join(known)}")
