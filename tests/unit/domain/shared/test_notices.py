"""A channel that each user has for themselves bears their id in the journal, and nowhere else."""

from dataclasses import replace

import pytest

from domain.identity.notice import event_of
from domain.shared.notices import family_of, own_channel
from tests import builders
from tests.contracts.identity.devices import notice
from tests.contracts.identity.scope import user


@pytest.mark.parametrize("family", ["orders", "kill_switch", "notices", ""])
def test_a_channel_s_family_is_what_readers_ask_for(family: str) -> None:
    assert family_of(family) == family
    assert family_of(own_channel(family, user_id=builders.new_id())) == family
    assert (
        replace(builders.notice(tenant_id=builders.new_id(), sequence=1), channel=family).family
        == family
    )


def test_no_two_users_share_a_channel() -> None:
    first, second = builders.new_id(), builders.new_id()
    assert own_channel("notices", user_id=first) == f"notices:{first}"
    assert own_channel("notices", user_id=first) != own_channel("notices", user_id=second)


def test_an_event_tells_the_kind_of_a_notice_and_none_of_its_detail() -> None:
    owner = user(builders.new_id(), email="owner@example.com")
    told = notice(owner, detail=(("ip", "192.0.2.1"), ("place", "Berlin")))
    event = event_of(told)
    assert (event.id, event.tenant_id, event.account_id) == (told.id, owner.tenant_id, None)
    assert (event.type, event.subject, event.at) == ("notice.new_device", str(told.id), told.at)
    assert event.channel == own_channel("notices", user_id=owner.id)
    assert event.body == {"kind": "new_device", "user_id": str(owner.id), "priority": "MEDIUM"}
    assert "192.0.2.1" not in repr(event)
