"""The page on loosenings says what they need, and its steps are answered as it says."""

import json
from datetime import timedelta

import pytest

from domain.approvals.change import COOLING, LIFETIME, ApprovalPolicy, hurdle_of
from domain.identity.access import Role
from tests.unit.adapters.http.context import open_context
from tests.unit.adapters.http.test_approvals import member_token
from tests.unit.sources import ROOT

PAGE = (ROOT / "docs/changes.md").read_text()


def table(heading: str) -> list[list[str]]:
    """Return the rows of the table whose head begins so, without back-ticks."""
    lines = PAGE[PAGE.index(f"| {heading} |") :].split("\n\n")[0].splitlines()
    return [[cell.strip().strip("`") for cell in line.split("|")[1:-1]] for line in lines[2:]]


@pytest.mark.parametrize("row", table("`risk.approvals`"), ids=" ".join)
def test_a_loosening_needs_what_its_line_says(row: list[str]) -> None:
    policy, approvers, live, needed = row
    hurdle = hurdle_of(ApprovalPolicy(policy), approvers=int(approvers), live=live == "yes")
    assert hurdle.value == needed


def test_the_page_knows_every_setting_and_the_times() -> None:
    assert {row[0] for row in table("`risk.approvals`")} == set(ApprovalPolicy)
    assert f"after {int(COOLING.total_seconds() / 60)} minutes" in PAGE
    assert f"after {int(LIFETIME.total_seconds() / 3600)} hours" in PAGE


async def test_the_steps_are_answered_as_the_page_says() -> None:
    async with open_context() as context:
        soon = (context.clock.now() + timedelta(hours=1)).isoformat()
        tokens = {"Ada": context.token, "Ben": await member_token(context, role=Role.OWNER)}
        ids = {"{rule_id}": "", "{change_id}": ""}
        for who, request, body, answer in table("who"):
            method, _, path = request.partition(" ")
            for name, known in ids.items():
                path = path.replace(name, known)
            path, body = (path + body, "") if body.startswith("?") else (path, body)
            content = json.loads(body.replace("{in an hour}", soon)) if body else None
            async with context.client(tokens[who]) as client:
                said = await client.request(method, path, json=content)
            assert said.status_code == int(answer), (request, said.text)
            if said.status_code == 201:
                ids["{rule_id}"] = said.json()["id"]
            elif said.status_code == 202:
                ids["{change_id}"] = said.json()["id"]
