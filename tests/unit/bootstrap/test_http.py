"""What the edge is told by the settings."""

from dataclasses import fields, replace

import pytest

from adapters.http.hosts import AllowedHosts
from adapters.http.rates import Rates
from bootstrap.http import edge_settings
from bootstrap.settings.http import HttpSettings, RateSettings
from bootstrap.settings.sections import Settings


def _answers(http: HttpSettings, host: str) -> bool:
    told = edge_settings(replace(Settings(), http=http))
    hosts = AllowedHosts(told.allowed_hosts, any_address=told.any_address)
    return hosts.refusal({b"host": host.encode()}, path="/") is None


@pytest.mark.parametrize("bound", ["127.0.0.1", "10.0.0.5", "0.0.0.0", "::", "fd00::5"])
def test_loopback_and_the_bound_address_are_ours(bound: str) -> None:
    http = replace(HttpSettings(), host=bound)
    for host in ("localhost:8000", "127.0.0.1", "[::1]", f"[{bound}]" if ":" in bound else bound):
        assert _answers(http, host)
    assert not _answers(http, "evil.example")


def test_only_who_listens_on_all_addresses_and_names_none_answers_to_any_address() -> None:
    assert not _answers(HttpSettings(), "10.0.0.7")
    assert not _answers(replace(HttpSettings(), host="10.0.0.5"), "10.0.0.7")
    for bound in ("0.0.0.0", "::"):
        assert _answers(replace(HttpSettings(), host=bound), "10.0.0.7")
        named = replace(HttpSettings(), host=bound, allowed_hosts=("desk.example.com",))
        assert _answers(named, "desk.example.com")
        assert not _answers(named, "10.0.0.7")


def test_the_rates_are_those_that_are_set() -> None:
    assert edge_settings(Settings()).rates == Rates()
    numbers = {one.name: n for n, one in enumerate(fields(RateSettings), 1) if one.name != "shared"}
    own = RateSettings(**numbers, shared=("orders",))
    told = edge_settings(replace(Settings(), rates=own)).rates
    assert told.shared == {"orders"}
    for group in ("auth", "open", "orders", "changes", "reads"):
        limit = getattr(told, group)
        assert (limit.name, limit.per_s, limit.burst) == (
            group,
            numbers[f"{group}_per_s"],
            numbers[f"{group}_burst"],
        )


def test_the_rest_is_passed_on() -> None:
    http = replace(
        HttpSettings(),
        allowed_origins=("https://a.example",),
        trusted_proxies=("10.0.0.0/8",),
        forwarded_header="forwarded",
        request_s=7.0,
        body_bytes_max=2_048,
        docs=False,
        metrics_public=True,
    )
    told = edge_settings(replace(Settings(), http=http))
    assert told.allowed_origins == ("https://a.example",)
    assert told.trusted_proxies == ("10.0.0.0/8",)
    assert (told.forwarded_header, told.request_s, told.body_max) == ("forwarded", 7.0, 2_048)
    assert (told.docs, told.metrics_public) == (False, True)
