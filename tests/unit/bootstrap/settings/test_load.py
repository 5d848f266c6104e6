"""Settings come from the environment and a file, and every fault is told at once."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.settings.faults import InvalidSettings
from adapters.settings.load import LoadedSettings
from adapters.settings.show import effective
from bootstrap.settings.load import load_settings
from bootstrap.settings.sections import Settings


def load(tmp_path: Path, toml: str | bytes = "", **environment: str) -> LoadedSettings[Settings]:
    """Load from a file with this content and these variables."""
    path = tmp_path / "ballast.toml"
    path.write_bytes(toml.encode() if isinstance(toml, str) else toml)
    return load_settings(environment={"BALLAST_CONFIG": str(path)} | environment)


def faults(tmp_path: Path, toml: str | bytes = "", **environment: str) -> list[str]:
    """Return the faults told, without the folder."""
    with pytest.raises(InvalidSettings) as caught:
        load(tmp_path, toml, **environment)
    told = [str(fault).replace(f"{tmp_path}/", "") for fault in caught.value.faults]
    assert all(one in str(caught.value).replace(f"{tmp_path}/", "") for one in told)
    return told


def test_defaults_hold_without_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = load_settings(environment={"PATH": "/bin"})
    assert loaded.settings.profile == "embedded"
    assert loaded.settings.http.port == 8000
    assert loaded.sources == {}


def test_the_file_in_the_working_folder_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ballast.toml").write_text("[http]\nport = 8123\n")
    loaded = load_settings(environment={})
    assert loaded.settings.http.port == 8123
    assert loaded.sources == {"http.port": "ballast.toml:2"}


def test_every_kind_of_value_is_read_from_both(tmp_path: Path) -> None:
    toml = """
    data_dir = "/srv/ballast"
    [http]
    port = 9000
    docs = false
    allowed_origins = ["https://a.example", "https://b.example"]
    [replay]
    seconds_per_day = 0.25
    start = 2004-08-19
    [paper]
    participation = 0.1
    """
    written = load(tmp_path, toml).settings
    told = load(
        tmp_path,
        BALLAST_DATA_DIR="/srv/ballast",
        BALLAST_HTTP_PORT="9000",
        BALLAST_HTTP_DOCS="false",
        BALLAST_HTTP_ALLOWED_ORIGINS="https://a.example, https://b.example",
        BALLAST_REPLAY_SECONDS_PER_DAY="0.25",
        BALLAST_REPLAY_START="2004-08-19",
        BALLAST_PAPER_PARTICIPATION="0.1",
    ).settings
    assert written == told
    assert written.data_dir == Path("/srv/ballast")
    assert written.http.allowed_origins == ("https://a.example", "https://b.example")
    assert written.replay.start == date(2004, 8, 19)
    assert written.paper.participation == Decimal("0.1")
    assert (written.http.docs, written.replay.seconds_per_day) == (False, 0.25)


def test_hosts_and_proxies_are_taken(tmp_path: Path) -> None:
    told = load(
        tmp_path,
        BALLAST_HTTP_ALLOWED_HOSTS="desk.example.com, *.trade.example, 10.0.0.5, fd00::5, my_host",
        BALLAST_HTTP_TRUSTED_PROXIES="10.0.0.0/8, fd00::/8, 192.0.2.1",
    ).settings.http
    assert told.allowed_hosts[1] == "*.trade.example"
    assert told.trusted_proxies == ("10.0.0.0/8", "fd00::/8", "192.0.2.1")


def test_options_win_over_the_environment_and_it_over_the_file(tmp_path: Path) -> None:
    toml = "[http]\nport = 1\nhost = '127.0.0.2'\n[log]\nlevel = 'debug'"
    path = tmp_path / "ballast.toml"
    path.write_text(toml)
    environment = {
        "BALLAST_CONFIG": str(path),
        "BALLAST_HTTP_PORT": "2",
        "BALLAST_HTTP_HOST": "127.0.0.3",
    }
    loaded = load_settings(environment=environment, overrides={"http.port": "3"})
    assert loaded.settings.http.port == 3
    assert loaded.settings.http.host == "127.0.0.3"
    assert loaded.settings.log.level == "debug"
    assert loaded.sources["http.port"] == "--http-port"
    assert loaded.sources["http.host"] == "BALLAST_HTTP_HOST"


def test_all_faults_are_told_at_once_each_with_its_place(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        "colour = 'red'\n[http]\nport = true\n\n[log]\nformat = 'xml'\n[htp]\nport = 1\n",
        BALLAST_REPLAY_SECONDS_PER_DAY="-1",
        BALLAST_HTTP_PROT="1",
        BALLAST_HTTP_DOCS="maybe",
    )
    assert told == [
        "ballast.toml:1 colour: unknown setting",
        "ballast.toml:3 http.port: must be a whole number, not True",
        "ballast.toml:6 log.format: must be one of console, json, not 'xml'",
        "ballast.toml:8 htp.port: unknown section [htp]; did you mean http?",
        "BALLAST_HTTP_DOCS: must be true or false, not 'maybe'",
        "BALLAST_HTTP_PROT: unknown variable; did you mean BALLAST_HTTP_PORT?",
        "BALLAST_REPLAY_SECONDS_PER_DAY: must be from 0 to 86400, not -1.0",
    ]


@pytest.mark.parametrize(
    ("variable", "text", "told"),
    [
        ("BALLAST_HTTP_PORT", "65536", "must be from 0 to 65535, not 65536"),
        ("BALLAST_HTTP_PORT", "8000.0", "must be a whole number, not '8000.0'"),
        ("BALLAST_HTTP_PORT", "", "must be a whole number, not ''"),
        ("BALLAST_HTTP_PORT", "9" * 400, "must be a whole number"),
        ("BALLAST_HTTP_PORT", "8\udcff", r"must be a whole number, not '8\udcff'"),
        ("BALLAST_HTTP_DOCS", "\udcff", r"must be true or false, not '\udcff'"),
        ("BALLAST_REPLAY_START", "2004\udcff", "must be a date such as 2004-08-19"),
        ("BALLAST_REPLAY_SECONDS_PER_DAY", "nan", "must be a plain decimal such as 118.25"),
        ("BALLAST_REPLAY_SECONDS_PER_DAY", "1e400", "must be a plain decimal such as 118.25"),
        (
            "BALLAST_PAPER_PARTICIPATION",
            "half",
            "must be a plain decimal such as 118.25: digits 0 to 9",
        ),
        ("BALLAST_PAPER_PARTICIPATION", "0", "must be from 0.0001 to 1, not 0"),
        ("BALLAST_REPLAY_START", "19.8.2004", "must be a date such as 2004-08-19"),
        ("BALLAST_PAPER_LATENCY_MS", "3001", "must be from 0 to 3000, not 3001"),
        ("BALLAST_DATA_DIR", "", "must be 1 to 65536 characters"),
        ("BALLAST_PROFILE", "prod", "must be one of memory, embedded, cluster, not 'prod'"),
    ],
)
def test_a_wrong_variable_is_told_what_would_be_right(
    tmp_path: Path, variable: str, text: str, told: str
) -> None:
    (fault,) = faults(tmp_path, **{variable: text})
    assert fault.startswith(f"{variable}: {told}")


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("[http]\nport = '8000'", "ballast.toml:2 http.port: must be a whole number, not '8000'"),
        ("[http]\ndocs = 1", "ballast.toml:2 http.docs: must be true or false, not 1"),
        ("replay.seconds_per_day = true", "ballast.toml:1 replay.seconds_per_day: must be a numb"),
        ("paper.participation = '0.5'", "ballast.toml:1 paper.participation: must be a number"),
        ("replay.end = 'soon'", "ballast.toml:1 replay.end: must be a date such as 2004-08-19"),
        ("http.port = 1.5", "ballast.toml:1 http.port: must be a whole number, not '1.5'"),
        ("[replay]\nstart = 2004-08-19T00:00:00", "ballast.toml:2 replay.start: must be a date"),
        ("[replay]\nseconds_per_day = inf", "ballast.toml:2 replay.seconds_per_day: must be a fin"),
        ("data_dir = 1", "ballast.toml:1 data_dir: must be text in quotes, not 1"),
        ("http = 8000", "ballast.toml:1 http: must be a section [http]"),
        ("[http.more]\nport = 1", "ballast.toml:1 http.more: unknown setting"),
        ("[http]\nallowed_origins = 'x'", "ballast.toml:2 http.allowed_origins: must be a list"),
        ("[ http ]\n'port' = -1", "ballast.toml:2 http.port: must be from 0 to 65535, not -1"),
    ],
)
def test_a_wrong_line_is_told_what_would_be_right(tmp_path: Path, toml: str, told: str) -> None:
    (fault,) = faults(tmp_path, toml)
    assert fault.startswith(told)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"port =", "ballast.toml: broken TOML: Invalid value"),
        (b"[http\nport = 1", "ballast.toml: broken TOML: "),
        (b"a = 1\na = 2", "ballast.toml: broken TOML: Cannot overwrite a value"),
        (b"\xff\xfe", "ballast.toml: must be UTF-8 text; byte 0 is not"),
        (b"#" * 2_000_000, "ballast.toml: must be at most 1048576 bytes"),
        (b"a = " + b"[" * 100_000, "ballast.toml: broken TOML: nested too deeply"),
    ],
)
def test_a_broken_file_is_one_clear_fault(tmp_path: Path, content: bytes, told: str) -> None:
    (fault,) = faults(tmp_path, content)
    assert fault.startswith(told)


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="BALLAST_CONFIG: there is no file"):
        load_settings(environment={"BALLAST_CONFIG": str(tmp_path / "none.toml")})
    with pytest.raises(InvalidSettings, match="cannot be read"):
        load_settings(environment={"BALLAST_CONFIG": str(tmp_path)})


def test_a_database_alone_means_cluster(tmp_path: Path) -> None:
    loaded = load(tmp_path, BALLAST_DATABASE_URL="postgresql://u:p@h/ballast")
    assert loaded.settings.profile == "cluster"


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        (
            {"BALLAST_PROFILE": "cluster"},
            "BALLAST_DATABASE_URL (database_url): must be set when profile is cluster",
        ),
        (
            {"BALLAST_PROFILE": "memory", "BALLAST_DATABASE_URL": "postgresql://h/b"},
            "BALLAST_PROFILE (profile): is memory, which uses no database_url",
        ),
        (
            {"BALLAST_DATABASE_URL": "mysql://u:hidden@h/b"},
            "BALLAST_DATABASE_URL (database_url): must start with postgresql://",
        ),
        (
            {"BALLAST_MARKET_SOURCE": "folder"},
            "BALLAST_MARKET_FOLDER (market.folder): must be set when market.source is folder",
        ),
        (
            {"BALLAST_MARKET_FOLDER": "/prices"},
            "BALLAST_MARKET_FOLDER (market.folder): is set, which needs market.source to be folder",
        ),
        (
            {"BALLAST_REPLAY_START": "2010-01-02", "BALLAST_REPLAY_END": "2010-01-01"},
            "BALLAST_REPLAY_START (replay.start): must not be after replay.end",
        ),
        (
            {
                "BALLAST_TOKEN_ACCESS_S": "3600",
                "BALLAST_HTTP_HOST": "0.0.0.0",
                "BALLAST_HTTP_PLAIN": "true",
            },
            "BALLAST_TOKEN_ACCESS_S (token.access_s): must be at most 300 where http.host",
        ),
        (
            {
                "BALLAST_IDENTITY_STEP_UP_S": "3601",
                "BALLAST_HTTP_HOST": "0.0.0.0",
                "BALLAST_HTTP_TRUSTED_PROXIES": "10.0.0.0/8",
            },
            "BALLAST_IDENTITY_STEP_UP_S (identity.step_up_s): must be at most 3600 where http.host",
        ),
        (
            {"BALLAST_OWNER_EMAIL": "owner"},
            "BALLAST_OWNER_EMAIL (owner.email): must be an address",
        ),
        (
            {"BALLAST_HTTP_ALLOWED_ORIGINS": "*"},
            "BALLAST_HTTP_ALLOWED_ORIGINS (http.allowed_origins): must be origins such as",
        ),
        *(
            (
                {"BALLAST_HTTP_ALLOWED_HOSTS": host},
                "BALLAST_HTTP_ALLOWED_HOSTS (http.allowed_hosts): must be names such as",
            )
            for host in ("*", "https://a.example", "a.example:443", "a b", "*.*.example", "-a")
        ),
        *(
            (
                {"BALLAST_HTTP_TRUSTED_PROXIES": network},
                "BALLAST_HTTP_TRUSTED_PROXIES (http.trusted_proxies): must be networks such as",
            )
            for network in ("proxy", "10.0.0.1/8", "0.0.0.0/0", "::/0")
        ),
        (
            {"BALLAST_RATES_SHARED": "auth, cancels"},
            "BALLAST_RATES_SHARED (rates.shared): must be of auth, open, orders, changes, reads",
        ),
        (
            {"BALLAST_PAPER_URL": "http://127.0.0.1:1", "BALLAST_PAPER_LOST_REPLIES": "0.1"},
            "BALLAST_PAPER_LOST_REPLIES (paper.lost_replies): is for the paper broker in this",
        ),
        (
            {"BALLAST_REDIS_URL": "http://:hidden@h"},
            "BALLAST_REDIS_URL (redis.url): must be an address such as redis://",
        ),
        ({"BALLAST_PAPER_URL": "venue"}, "BALLAST_PAPER_URL (paper.url): must be an address"),
        (
            {"BALLAST_PAPER_URL": "https://venue:1"},
            "BALLAST_PAPER_URL (paper.url): must begin with",
        ),
        (
            {"BALLAST_SECRETS_SOURCE": "vault", "BALLAST_VAULT_TOKEN": "hidden"},
            "BALLAST_VAULT_URL (vault.url): must be an address such as https://",
        ),
        (
            {
                "BALLAST_SECRETS_SOURCE": "vault",
                "BALLAST_VAULT_URL": "http://vault.example.com:8200",
                "BALLAST_VAULT_TOKEN": "hidden",
            },
            "BALLAST_VAULT_URL (vault.url): must begin with https:// unless Vault is on this",
        ),
        (
            {"BALLAST_SECRETS_SOURCE": "vault", "BALLAST_VAULT_URL": "http://127.0.0.1:8200"},
            "BALLAST_VAULT_TOKEN (vault.token): or vault.role_id must be set",
        ),
        *(
            (
                {"BALLAST_ADVISER_URL": url, "BALLAST_ADVISER_MODELS": "one"},
                f"BALLAST_ADVISER_URL (adviser.url): must be {told}",
            )
            for url, told in (
                ("http://models.example.com/v1", "https"),
                ("https://hidden@models.example.com/v1", "an address such as"),
                ("https://[models/v1", "an address such as"),
            )
        ),
        *(
            (
                {"BALLAST_ADVISER_URL": "http://127.0.0.1:1/v1", "BALLAST_ADVISER_MODELS": models},
                "BALLAST_ADVISER_MODELS (adviser.models): must be 1 to 3 different models",
            )
            for models in ("", "one,two,three,four", "one,one")
        ),
        (
            {"BALLAST_PAPER_CREDENTIALS": '[{"key": "hidden"}]'},
            "BALLAST_PAPER_CREDENTIALS (paper.credentials): key 1 must have key, secret",
        ),
        (
            {"BALLAST_PAPER_CREDENTIALS": "[]", "BALLAST_PAPER_URL": "http://127.0.0.1:1"},
            "BALLAST_PAPER_CREDENTIALS (paper.credentials): is for the paper broker in this",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    tmp_path: Path, environment: dict[str, str], told: str
) -> None:
    (fault,) = faults(tmp_path, **environment)
    assert fault.startswith(told)
    assert "hidden" not in fault


def test_a_long_lived_token_is_allowed_on_this_machine_alone(tmp_path: Path) -> None:
    assert load(tmp_path, BALLAST_TOKEN_ACCESS_S="86400").settings.token.access_s == 86_400


def test_a_refused_secret_is_not_repeated(tmp_path: Path) -> None:
    for told in (
        faults(tmp_path, "[token]\nsigning_key = 12345678"),
        faults(tmp_path, BALLAST_TOKEN_SIGNING_KEY="\0secret"),
    ):
        assert "12345678" not in told[0]
        assert "secret" not in told[0]
        assert "not shown" in told[0]


@pytest.mark.parametrize("line", ["[" + " " * 50_000, "a." * 50_000, "a " * 50_000])
def test_a_line_that_is_very_long_hides_none_behind_it(tmp_path: Path, line: str) -> None:
    told = faults(tmp_path, f"log.level = '''\n{line}\n'''\nlog.format = 'xml'\n")
    assert told[1].startswith("ballast.toml:4 log.format: must be one of console, json")


def test_every_way_to_say_yes_and_every_iso_date_is_taken(tmp_path: Path) -> None:
    for said in ("true", "1", " Yes ", "ON"):
        assert load(tmp_path, BALLAST_REPLAY_PAUSED=said).settings.replay.paused
    for said in ("2004-08-19", " 20040819 ", "2004-W34-4"):
        assert load(tmp_path, BALLAST_REPLAY_START=said).settings.replay.start == date(2004, 8, 19)
        assert load(tmp_path, f"replay.start = {said.strip()!r}").settings.replay.start


@pytest.mark.parametrize(
    "broken", ["http://[", "https://desk.e[]m", "http://x:99999", "http://x:y"]
)
def test_an_address_that_cannot_be_taken_apart_is_a_fault(tmp_path: Path, broken: str) -> None:
    for line in (
        f"http.allowed_origins = [{broken!r}]",
        f"paper.url = {broken!r}",
        f"tracing.endpoint = {broken!r}",
        f"database_url = {broken.replace('http', 'postgresql')!r}",
    ):
        (told,) = faults(tmp_path, line)
        assert "must " in told


@pytest.mark.parametrize("number", ["1e" + "9" * 40, "9" * 5_000])
def test_a_number_beyond_all_bounds_is_a_fault(tmp_path: Path, number: str) -> None:
    (told,) = faults(tmp_path, f"replay.seconds_per_day = {number}")
    assert "number" in told or "must be" in told


def test_sessions_and_older_keys_that_make_no_sense_are_told(tmp_path: Path) -> None:
    told = str(faults(tmp_path, BALLAST_IDENTITY_IDLE_S="7200", BALLAST_IDENTITY_ABSOLUTE_S="3600"))
    assert "identity.idle_s" in told
    assert "must not be longer than identity.absolute_s" in told
    told = str(faults(tmp_path, BALLAST_TOKEN_OLDER_KEYS="canary"))
    assert "without token.signing_key" in told
    assert "must hold public keys in PEM and nothing else" in told
    assert "canary" not in told


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "desk.example.com"])
@pytest.mark.parametrize(
    ("more", "starts"),
    [
        ({}, False),
        ({"BALLAST_HTTP_PLAIN": "true"}, True),
        ({"BALLAST_HTTP_TRUSTED_PROXIES": "10.0.0.0/8"}, True),
        ({"BALLAST_HTTP_TLS_CERTIFICATE": "a.pem", "BALLAST_HTTP_TLS_KEY": "a.key"}, True),
    ],
)
def test_a_server_that_others_reach_does_not_start_in_plain_unless_told(
    tmp_path: Path, host: str, more: dict[str, str], starts: bool
) -> None:
    if starts:
        assert load(tmp_path, BALLAST_HTTP_HOST=host, **more).settings.http.host == host
        return
    (fault,) = faults(tmp_path, BALLAST_HTTP_HOST=host, **more)
    assert "http.tls_certificate" in fault
    assert "http.plain" in fault


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_loopback_needs_no_tls(tmp_path: Path, host: str) -> None:
    assert load(tmp_path, BALLAST_HTTP_HOST=host).settings.http.host == host


@pytest.mark.parametrize("given", ["CERTIFICATE", "KEY"])
def test_a_certificate_and_its_key_go_together(tmp_path: Path, given: str) -> None:
    (fault,) = faults(tmp_path, **{f"BALLAST_HTTP_TLS_{given}": "a.pem"})
    assert "go together" in fault


def test_brokers_are_named_by_the_file_and_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "ballast.toml"
    file.write_text(
        "[brokers.second]\nkind = 'paper'\ncommission_per_share = 0.01\n"
        "[brokers.third]\nkind = 'paper'\nurl = 'http://127.0.0.1:8101'\n"
    )
    loaded = load_settings(
        environment={
            "BALLAST_CONFIG": str(file),
            "BALLAST_BROKERS_THIRD_SENDS_PER_S": "3",
            "BALLAST_BROKERS_FOURTH_KIND": "paper",
        }
    )
    every = loaded.settings.every_broker
    assert list(every) == ["paper", "second", "third", "fourth"]
    assert every["second"].commission_per_share == Decimal("0.01")
    assert (every["third"].url, every["third"].sends_per_s) == ("http://127.0.0.1:8101", 3.0)
    assert every["paper"] is loaded.settings.paper
    shown = effective(loaded)
    assert '[brokers.third]\nkind = "paper"  # ' in shown
    assert "sends_per_s = 3.0  # BALLAST_BROKERS_THIRD_SENDS_PER_S" in shown


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("[brokers.second]\nurl = 'http://h'", "must have brokers.second.kind: one of paper"),
        ("[brokers.second]\nkind = 'ib'", "brokers.second.kind must be one of paper, not 'ib'"),
        ("[brokers.second]\nkind = ['paper']", "brokers.second.kind must be one of paper"),
        ("[brokers.paper]\nkind = 'paper'", "the broker paper is set in [paper]"),
        ("[brokers.Second]\nkind = 'paper'", "a broker must be called by 1 to 24 lower-case"),
        ("[brokers.second]\nkind = 'paper'\nurI = 'x'", "unknown setting; did you mean"),
        ("[brokers]\nsecond = 'paper'", "must have brokers.second.kind"),
        ("[brokers.second]\nkind = 'paper'\nurl = 'x'", "must be an address such as"),
        (
            "[brokers.b]\nkind='paper'\nurl='http://h:1/'\n[brokers.c]\nkind='paper'\nurl='http://H:1'",
            "is the venue of [brokers.b] already",
        ),
        (
            "[brokers.b]\nkind = 'paper'\nurl = 'http://h:1'\nlatency_ms = 5",
            "is for the paper broker in this process",
        ),
    ],
)
def test_a_broker_that_cannot_be_is_one_fault(tmp_path: Path, written: str, problem: str) -> None:
    file = tmp_path / "ballast.toml"
    file.write_text(written)
    with pytest.raises(InvalidSettings) as refused:
        load_settings(environment={"BALLAST_CONFIG": str(file)})
    (fault,) = refused.value.faults
    assert problem in fault.problem
    assert str(file) in fault.source
