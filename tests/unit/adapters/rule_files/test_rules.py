"""Rule files: what they may say, and how they are refused."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from adapters.rule_files.rules import (
    DEFAULT_RULES,
    FixedRules,
    RuleFileWrong,
    RuleLine,
    read_rules,
    rule_set_of,
)
from domain.risk.rule import Action, RuleScope, RuleType
from domain.risk.rule_set import RuleSet

TENANT = UUID(int=1)

TOML = """
[[rules]]
name = "No more than this"
rule_type = "MAX_ORDER_VALUE"
threshold = 10000.50
action = "WARN"
scope = {symbol = "IBM"}

[[rules]]
rule_type = "MAX_DAILY_LOSS"
threshold = "2"
is_active = false
parameters = {unit = "percent"}
"""
JSON = """{"rules": [
  {"name": "No more than this", "rule_type": "MAX_ORDER_VALUE", "threshold": 10000.50,
   "action": "WARN", "scope": {"symbol": "IBM"}},
  {"rule_type": "MAX_DAILY_LOSS", "threshold": "2", "is_active": false,
   "parameters": {"unit": "percent"}}]}"""


def ruled(lines: tuple[RuleLine, ...]) -> RuleSet:
    return rule_set_of(lines, tenant_id=TENANT, new_id=uuid4, at=datetime(2012, 1, 2, tzinfo=UTC))


@pytest.mark.parametrize(("name", "text"), [("r.toml", TOML), ("r.json", JSON)])
def test_toml_and_json_say_the_same(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    first, second = read_rules(path)
    assert first == RuleLine(
        name="No more than this",
        rule_type=RuleType.MAX_ORDER_VALUE,
        threshold=Decimal("10000.50"),
        action=Action.WARN,
        scope=RuleScope(symbol="IBM"),
        parameters={},
    )
    assert (second.name, second.action) == ("Max daily loss", Action.BLOCK)
    assert not second.is_active
    assert second.parameters == {"unit": "percent"}
    assert [rule.threshold for rule in ruled((first, second)).rules] == [
        Decimal("10000.50"),
        Decimal(2),
    ]


def test_the_default_rules_are_fit_and_many() -> None:
    rule_set = ruled(DEFAULT_RULES)
    assert rule_set.version == 1
    assert len({rule.rule_type for rule in rule_set.rules}) == len(DEFAULT_RULES) >= 10


async def test_another_tenant_has_no_rules() -> None:
    rules = FixedRules(ruled(DEFAULT_RULES))
    assert len((await rules.load(tenant_id=TENANT)).rules) == len(DEFAULT_RULES)
    assert not (await rules.load(tenant_id=UUID(int=2))).rules


ONE = '[[rules]]\nrule_type = "MAX_ORDER_VALUE"\n'


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("r.toml", "[[rules", "cannot be read"),
        ("r.toml", "other = 1", "'other' is not known"),
        ("r.toml", "rules = 1", "must hold a list of rules"),
        ("r.toml", "rules = [1]", r"rules\[0\]: must be a table"),
        ("r.toml", ONE, "threshold: must be a number, not None"),
        ("r.toml", ONE + "threshold = nan", "finite number"),
        ("r.toml", ONE + "threshold = true", "must be a number"),
        ("r.toml", ONE + "threshold = 1e400", "threshold: must be smaller than 1e20"),
        ("r.toml", ONE + "threshold = 1e99999999999999999999", "is not a number"),
        ("r.toml", ONE + 'threshold = "1_0"', "threshold: must be a plain decimal"),
        ("r.json", '[{"rule_type": "MAX_LEVERAGE", "threshold": 1, "threshold": 9}]', "twice"),
        ("r.toml", ONE + "threshold = 1\nlimit = 2", "'limit' is not known"),
        ("r.toml", ONE + 'threshold = 1\naction = "STOP"', "must be one of BLOCK, WARN"),
        ("r.toml", ONE + "threshold = 1\nname = 3", "name: must be text"),
        ("r.toml", ONE + "threshold = 1\nis_active = 1", "is_active: must be true or false"),
        ("r.toml", ONE + "threshold = 1\nscope = 1", "scope: must be a table"),
        ("r.toml", ONE + 'threshold = 1\nscope = {symbol = "ibm"}', "scope: scope.symbol"),
        ("r.toml", ONE + 'threshold = 1\nscope = {account_id = "x"}', "'account_id' is not"),
        ("r.toml", ONE + "threshold = 1\nparameters = {unit = [1]}", "parameters.unit: must be"),
        ("r.toml", '[[rules]]\nrule_type = "MAX_LUCK"\nthreshold = 1', "must be one of MAX_POS"),
        ("r.json", '{"rules": [{"rule_type": "MAX_ORDER_VALUE", "threshold": NaN}]}', "NaN is"),
        ("r.json", "[[[", "cannot be read"),
        ("r.yaml", "", "must be a .toml or .json file"),
        ("r.toml", f"# {'x' * 1_000_001}", "at most 1000000 are read"),
    ],
)
def test_a_file_that_is_wrong_is_refused(
    tmp_path: Path, name: str, text: str, complaint: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(RuleFileWrong, match=complaint):
        read_rules(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleFileWrong, match="No such file"):
        read_rules(tmp_path / "none.toml")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RuleFileWrong, match="cannot be read"):
        read_rules(binary)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (ONE + "threshold = 0", r"rules\[0\]\.threshold"),
        (ONE + "threshold = 1\nparameters = {unit = 'x'}", r"rules\[0\]\.parameters\.unit"),
        (ONE + "threshold = -1", r"threshold"),
    ],
)
def test_a_rule_that_its_type_does_not_take_is_refused(
    tmp_path: Path, text: str, complaint: str
) -> None:
    path = tmp_path / "r.toml"
    path.write_text(text)
    lines = read_rules(path)
    with pytest.raises(RuleFileWrong, match=complaint):
        ruled(lines)
