"""Records of every form are decided again under their own form's rules, to the byte."""

import json

import pytest

from domain.risk.forms import FORM, FORMS
from domain.risk.record import explain, replay
from domain.risk.rule import RuleType
from tests.unit.domain.risk.stored_records import FIRST, stored


@pytest.mark.parametrize("form", FORMS)
def test_what_was_stored_comes_out_again(form: int) -> None:
    records = stored(form)
    assert len(records) > 100
    for record in records:
        assert json.loads(record)["form"] == form
        assert replay(record) == record


@pytest.mark.parametrize("form", FORMS)
def test_what_was_stored_is_explained_as_it_was_decided(form: int) -> None:
    for record in stored(form):
        verdict, told = json.loads(record)["verdict"], explain(record)
        assert told.approved is verdict["approved"]
        assert [reason.message for reason in told.reasons] == [
            reason["message"] for reason in verdict["reasons"]
        ]


@pytest.mark.parametrize("form", FORMS)
def test_what_is_stored_has_met_all_there_is(form: int) -> None:
    records = [json.loads(record) for record in stored(form)]
    decided = [record for record in records if record["kind"] == "order"]
    assert {record["kind"] for record in records} == {"order", "flatten"}
    assert {record["verdict"]["approved"] for record in decided} == {True, False}
    assert {record["order"]["link"]["role"] for record in decided if record["order"]["link"]} == {
        "entry",
        "child",
        "peer",
        "take_profit",
        "stop_loss",
    }
    denying = {reason["rule_type"] for record in decided for reason in record["verdict"]["reasons"]}
    there = {*FIRST} if form == 1 else {*RuleType, "OBJECTION"}
    assert denying == {*there, "BUILT_IN"}


def test_a_form_decides_otherwise_than_the_next() -> None:
    """Were the stored ones decided alike under both, nothing would hold them apart."""
    differing = 0
    for record in stored(FORM - 1):
        raised = record.replace(f'"form":{FORM - 1},'.encode(), f'"form":{FORM},'.encode(), 1)
        again = json.loads(replay(raised))
        differing += again["verdict"] != json.loads(record)["verdict"]
    assert differing > 5
