"""Decisions are kept whole: the same bytes again, anywhere; explained; never misread."""

import json
from dataclasses import replace
from datetime import UTC, date, timedelta, timezone
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings

from domain.market.instruments import AssetClass, Instrument, OptionRight, OptionTerms
from domain.orders.order import GroupLink, Role
from domain.orders.terms import OrderType, Side, TimeInForce
from domain.risk.compiled_rules import compile_rules
from domain.risk.gate import approve_flatten, decide
from domain.risk.record import UnknownRecord, encode, encode_flatten, explain, replay
from domain.risk.rule import Action, RuleScope, RuleType
from domain.risk.situation import Blocks, PeerFigures, TradedFigures
from domain.risk.situation_codec import read_situation, write_situation
from domain.risk.verdict import Approved, Denied
from tests.torture.decisions import draw_case
from tests.unit.domain.risk.context import (
    AT,
    SEEDS,
    D,
    instrument,
    order,
    quote,
    rule,
    situation,
    symbol_figures,
    terms,
)
from tests.unit.domain.risk.record_reference import plain_flatten, plain_record


@settings(max_examples=120, deadline=None)
@given(seed=SEEDS)
def test_a_decision_replays_to_the_byte(seed: int) -> None:
    case = draw_case(Random(seed))
    verdict = decide(case.order, rules=case.rules, situation=case.situation)
    record = encode(case.order, rules=case.rules, situation=case.situation, verdict=verdict)
    assert replay(record) == record


def test_records_are_written_as_the_plain_way_writes_them() -> None:
    random = Random(11)
    verdicts: list[bool] = []
    for _ in range(400):
        case = draw_case(random)
        made = replace(
            case.order,
            client_order_id=random.choice((case.order.client_order_id, 'a"b\\c', "~ !")),
            link=random.choice((None, draw_link(random))),
            waiting=random.random() < 0.1,
        )
        world = replace(case.situation, counts=(*case.situation.counts, None))
        verdict = decide(made, rules=case.rules, situation=case.situation)
        record = encode(made, rules=case.rules, situation=world, verdict=verdict)
        assert record == plain_record(made, rules=case.rules, situation=world, verdict=verdict)
        flat = approve_flatten(made, venue_quantity=D(-10))
        assert encode_flatten(
            made, venue_quantity=D("-1E+1"), at=AT, verdict=flat
        ) == plain_flatten(made, venue_quantity=D("-1E+1"), at=AT, verdict=flat)
        verdicts.append(isinstance(verdict, Approved))
    assert 20 < sum(verdicts) < 380


def test_names_are_escaped_as_the_plain_way_escapes_them() -> None:
    named = replace(symbol_figures(), instrument=instrument(name='Ærø "\u2028\n', sector="\x00"))
    for world in (situation(symbol=named), situation(symbol=replace(named, quote=None))):
        limits = compile_rules((rule(RuleType.MAX_ORDER_VALUE, "900", name="Größe"),), version=4)
        verdict = decide(order(), rules=limits, situation=world)
        assert isinstance(verdict, Denied)
        record = encode(order(), rules=limits, situation=world, verdict=verdict)
        assert record == plain_record(order(), rules=limits, situation=world, verdict=verdict)


def draw_link(random: Random) -> GroupLink:
    parent_id = random.choice((None, UUID(int=random.getrandbits(128))))
    return GroupLink(
        group_id=UUID(int=random.getrandbits(128)),
        role=random.choice(list(Role)),
        parent_id=parent_id,
    )


def test_a_replay_that_differs_is_told() -> None:
    case = draw_case(Random(3))
    verdict = decide(case.order, rules=case.rules, situation=case.situation)
    record = encode(case.order, rules=case.rules, situation=case.situation, verdict=verdict)
    turned = record.replace(b'"approved":true', b'"approved":maybe')
    turned = turned.replace(b'"approved":false', b'"approved":true')
    turned = turned.replace(b'"approved":maybe', b'"approved":false')
    assert turned != record
    assert replay(turned) == record


def test_everything_that_was_given_is_in_the_record() -> None:
    link = GroupLink(group_id=UUID(int=5), role=Role.CHILD, parent_id=UUID(int=6))
    made = order(
        terms(time_in_force=TimeInForce.GTD, expires_at=AT + timedelta(days=1)),
        link=link,
        strategy_id="ema",
        waiting=True,
    )
    limits = compile_rules(
        (
            rule(
                RuleType.RESTRICTED_SYMBOL,
                "0",
                scope=RuleScope(account_id=made.account_id, strategy_id="ema", symbol="AAPL"),
                parameters={"symbols": ("GME", "AMC")},
                action=Action.HALT,
                version=3,
            ),
        ),
        version=17,
    )
    world = situation(covered=D(-5))
    verdict = decide(made, rules=limits, situation=world)
    record = encode(made, rules=limits, situation=world, verdict=verdict)
    read = json.loads(record)
    assert read["form"] == 2
    assert read["order"]["link"] == {
        "group_id": str(UUID(int=5)),
        "role": "child",
        "parent_id": str(UUID(int=6)),
    }
    assert read["order"]["waiting"] is True
    assert read["order"]["strategy_id"] == "ema"
    assert read["rules"]["version"] == 17
    (kept,) = read["rules"]["applied"]
    assert kept["scope"]["symbol"] == "AAPL"
    assert kept["parameters"] == {"symbols": ["GME", "AMC"]}
    assert (kept["action"], kept["version"]) == ("HALT", 3)
    assert read["situation"]["covered"] == "-5"
    assert read["situation"]["symbol"]["quote"]["ask"] == "100.01"
    assert read["terms"]["expires_at"] == "2026-03-03T16:00:00+00:00"
    assert replay(record) == record
    assert record == json.dumps(read, sort_keys=True, separators=(",", ":")).encode()


def test_times_are_written_in_utc_wherever_they_were_read() -> None:
    east = timezone(timedelta(hours=5, minutes=45))
    limits = compile_rules((), version=1)
    made = order()
    records = set()
    for zone in (UTC, east):
        world = situation(now=AT.astimezone(zone), market_now=AT.astimezone(zone))
        verdict = decide(made, rules=limits, situation=world)
        records.add(encode(made, rules=limits, situation=world, verdict=verdict))
    assert len(records) == 1


def test_a_replace_is_recorded_with_the_new_terms() -> None:
    limits = compile_rules((), version=1)
    made = order(filled_quantity=D(4))
    asked = terms(quantity=D(12))
    verdict = decide(made, rules=limits, situation=situation(), terms=asked)
    record = encode(made, rules=limits, situation=situation(), verdict=verdict)
    assert json.loads(record)["terms"]["quantity"] == "12"
    assert replay(record) == record


def test_a_flattening_decision_replays_and_explains_itself() -> None:
    made = order(terms(type=OrderType.MARKET, side=Side.SELL))
    for held, passes in ((10, True), (9, False)):
        verdict = approve_flatten(made, venue_quantity=D(held))
        record = encode_flatten(made, venue_quantity=D(held), at=AT, verdict=verdict)
        assert replay(record) == record
        told = explain(record)
        assert told.approved == passes
        assert told.inputs == {"venue_quantity": str(held)}
        assert [reason.code for reason in told.reasons] == ([] if passes else ["NOT_REDUCING"])
        assert told.decided_at == AT


def test_an_explanation_lists_rules_inputs_limits_and_headroom() -> None:
    limits = compile_rules(
        (
            rule(RuleType.MAX_ORDER_VALUE, "900", name="Small orders"),
            rule(RuleType.MAX_LEVERAGE, "1", id=UUID(int=101)),
        ),
        version=4,
    )
    world = situation(symbol=symbol_figures(position=5))
    made = order()
    verdict = decide(made, rules=limits, situation=world)
    assert isinstance(verdict, Denied)
    told = explain(encode(made, rules=limits, situation=world, verdict=verdict))
    assert not told.approved
    assert told.order_id == made.id
    assert told.decided_at == AT
    assert told.reasons == verdict.reasons
    assert [(one.rule_name, one.breached) for one in told.headroom] == [
        ("Buying power", False),
        ("Small orders", True),
        ("Max_Leverage", False),
    ]
    assert told.inputs["order.value"] == "1000"
    assert told.inputs["order.position_after"] == "15"
    assert told.inputs["order.reducing"] == "false"
    assert told.inputs["symbol.quote.bid"] == "99.99"
    assert told.inputs["symbol.is_open"] == "true"
    assert told.inputs["account.equity"] == "100000"
    assert told.inputs["peers"] == ""
    assert told.inputs["counts"] == ""


def test_an_explanation_of_an_approval_has_no_reasons() -> None:
    limits = compile_rules((rule(RuleType.ORDER_RATE, "5"),), version=1)
    world = situation(counts=(2,))
    verdict = decide(order(), rules=limits, situation=world)
    assert isinstance(verdict, Approved)
    told = explain(encode(order(), rules=limits, situation=world, verdict=verdict))
    assert told.approved
    assert told.reasons == ()
    assert told.inputs["counts"] == "2"


@pytest.mark.parametrize("form", ["0", "3", "null", "true", "1.0", '"1"', "[]"])
def test_a_record_of_another_form_is_refused(form: str) -> None:
    limits = compile_rules((), version=1)
    verdict = decide(order(), rules=limits, situation=situation())
    record = encode(order(), rules=limits, situation=situation(), verdict=verdict)
    other = record.replace(b'"form":2', f'"form":{form}'.encode())
    for read in (replay, explain):
        with pytest.raises(UnknownRecord, match="this reads 1 to 2"):
            read(other)


def test_what_blocks_an_order_is_in_its_record_and_nowhere_else() -> None:
    limits = compile_rules((), version=1)
    for world, code in (
        (situation(blocks=Blocks(halted=True)), "KILL_SWITCH"),
        (situation(blocks=Blocks(reducing=True)), "KILL_SWITCH_REDUCING"),
        (situation(blocks=Blocks(paused_agent="ema")), "AGENT_PAUSED"),
        (situation(), None),
    ):
        verdict = decide(order(), rules=limits, situation=world)
        record = encode(order(), rules=limits, situation=world, verdict=verdict)
        assert record == plain_record(order(), rules=limits, situation=world, verdict=verdict)
        assert replay(record) == record
        assert [one.code for one in explain(record).reasons] == ([code] if code else [])
        assert (b'"blocks"' in record) == (code is not None)


def test_every_field_of_an_instrument_comes_back() -> None:
    """None of these is what an instrument has when nothing is said."""
    odd = Instrument(
        symbol="BRK.B",
        name="Odd",
        currency="EUR",
        tick=D("0.05"),
        lot=D(3),
        min_quantity=D(6),
        max_quantity=D(900),
        multiplier=D(7),
        sector="Energy",
        calendar="XPAR",
        asset_class=AssetClass.OPTION,
        option=OptionTerms(
            underlying="BRK.A",
            right=OptionRight.PUT,
            strike=D("7.5"),
            expiry=date(2026, 6, 19),
            broad_index=True,
        ),
    )
    figures = replace(symbol_figures(), symbol="BRK.B", instrument=odd, quote=quote("BRK.B"))
    whole = situation(
        symbol=figures,
        peers=PeerFigures(quantity=D(2), value=None),
        covered=D(-4),
        counts=(None,),
        traded=TradedFigures(quantity=D(3), value=D("301.5")),
        blocks=Blocks(
            halted=True,
            paused_agent="ema",
            venue_full=True,
            open_orders=3,
            open_orders_max=4,
            exit_astray="elsewhere",
        ),
    )
    assert read_situation(json.loads(write_situation(whole))) == whole
