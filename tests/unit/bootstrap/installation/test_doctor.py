"""The doctor finds what is missing and says how to mend it."""

import os
import resource
import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.postgres.embedded.lock import DataFolderLock
from adapters.security.given_keys import new_key
from adapters.security.key_files import FileKeys
from adapters.system import machine
from adapters.system.data_folder import ServerNote, write_secrets, write_server
from adapters.system.findings import Finding, Verdict
from bootstrap.installation import doctor
from bootstrap.installation.doctor import examine
from bootstrap.settings.devices import DeviceSettings
from bootstrap.settings.http import HttpSettings
from bootstrap.settings.secret_sections import SecretsSettings
from bootstrap.settings.sections import CommandSettings, KafkaSettings, Settings
from tests.certificates import make
from tests.unit.bootstrap.test_agents_hint import KEYS


def look(settings: Settings) -> dict[str, Finding]:
    """Examine, and return the findings by subject."""
    return {finding.subject: finding for finding in examine(settings)}


def settings(folder: Path, *, port: int = 0, bindir: Path | None = None) -> Settings:
    """Return settings on a folder of the test."""
    profile = "memory" if bindir is None else "embedded"
    return Settings(
        profile=profile, data_dir=folder, pg_bindir=bindir, http=HttpSettings(port=port)
    )


def test_a_good_machine_has_no_fault(tmp_path: Path) -> None:
    found = look(settings(tmp_path / "var"))
    assert {
        one.subject: one.found for one in found.values() if one.verdict is Verdict.MISSING
    } == {}
    assert not (tmp_path / "var").exists()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        finding = look(settings(tmp_path, port=port))["port"]
    assert finding.verdict is Verdict.MISSING
    assert f"port {port}" in finding.found
    assert "BALLAST_HTTP_PORT" in finding.mend


def test_a_folder_that_is_in_use_is_told_with_its_holder(tmp_path: Path) -> None:
    lock = DataFolderLock(folder=tmp_path)
    lock.acquire()
    finding = look(settings(tmp_path))["data folder"]
    lock.release()
    assert finding.verdict is Verdict.DOUBTFUL
    assert f"process {os.getpid()}" in finding.found


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    finding = look(settings(tmp_path / "var"))["data folder"]
    assert finding.verdict is Verdict.MISSING
    assert "BALLAST_DATA_DIR" in finding.mend


def test_a_folder_without_binaries_is_refused(tmp_path: Path) -> None:
    finding = look(settings(tmp_path, bindir=tmp_path))["postgres"]
    assert finding.verdict is Verdict.MISSING
    assert str(tmp_path) in finding.found


def test_old_python_little_disk_few_files_and_a_wrong_clock_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setattr(sys, "version_info", (3, 10, 1, "final", 0))
    monkeypatch.setattr(machine, "DISK_NEEDED_MB", 10**12)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 512))
    monkeypatch.setattr(machine, "__file__", str(_from_the_future(tmp_path)))
    found = look(settings(tmp_path))
    verdicts = {name: found[name].verdict for name in ("python", "disk", "open files", "clock")}
    assert verdicts == {
        "python": Verdict.MISSING,
        "disk": Verdict.MISSING,
        "open files": Verdict.DOUBTFUL,
        "clock": Verdict.MISSING,
    }
    assert all(found[name].mend for name in verdicts)


def _from_the_future(folder: Path) -> Path:
    path = folder / "doctor.py"
    path.write_text("")
    os.utime(path, (4e9, 4e9))
    return path


def test_the_doctor_tells_of_the_key_of_secrets(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    fresh = look(settings(folder))["secrets"]
    assert (fresh.verdict, "will be made" in fresh.found) == (Verdict.FINE, True)
    write_secrets(folder, source="file")
    gone = look(settings(folder))["secrets"]
    assert (gone.verdict, "starts sealed" in gone.found) == (Verdict.MISSING, True)
    path = folder / "keys/secrets.json"
    FileKeys(path=path).add(1)
    assert look(settings(folder))["secrets"].verdict is Verdict.FINE
    path.chmod(0o644)
    opened = look(settings(folder))["secrets"]
    assert (opened.verdict, "chmod 600" in opened.found) == (Verdict.MISSING, True)


@pytest.mark.parametrize(
    ("own", "verdict"),
    [
        (SecretsSettings(source="environment"), Verdict.MISSING),
        (SecretsSettings(source="environment", keys="1:c4n4ry"), Verdict.MISSING),
        (SecretsSettings(source="environment", keys=f"1:{new_key()}"), Verdict.FINE),
        (SecretsSettings(source="passphrase"), Verdict.DOUBTFUL),
        (SecretsSettings(source="passphrase", passphrase="c4n4ry c4n4ry"), Verdict.FINE),
        (SecretsSettings(source="vault"), Verdict.FINE),
    ],
)
def test_the_doctor_knows_every_source_of_keys(
    tmp_path: Path, own: SecretsSettings, verdict: Verdict
) -> None:
    found = look(replace(settings(tmp_path), secrets=own))["secrets"]
    assert found.verdict is verdict
    assert "c4n4ry" not in found.found + found.mend


def test_what_log_ins_are_judged_by_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = look(settings(tmp_path))["log-ins"]
    assert (finding.verdict, finding.found) == (
        Verdict.FINE,
        "strange from a score of 0.55; no devices.places_file, so no distances",
    )
    monkeypatch.setattr(doctor, "has_forest", lambda: False)
    path = tmp_path / "places.csv"
    path.write_text("network,lat,lon,label\n192.0.2.0/24,52.5,13.4,Berlin\n")
    given = replace(settings(tmp_path), devices=DeviceSettings(places_file=path))
    finding = look(given)["log-ins"]
    assert finding.verdict is Verdict.FINE
    assert finding.found == (
        "judged by the rules alone; the extra `anomaly` adds a score; places from " + str(path)
    )
    path.write_text("network,lat,lon,label\n192.0.2.0/24,north,13.4,Berlin\n")
    finding = look(given)["log-ins"]
    assert finding.verdict is Verdict.MISSING
    assert "line 2: could not convert" in finding.found
    assert finding.mend == "mend that line: see docs/devices.md"


def test_a_package_that_is_not_there_is_named_and_those_of_extras_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["uvicorn==0.54.0", "no-such-package>=1", "no-such-extra>=1; extra == 'gpu'"]
    monkeypatch.setattr(machine, "requires", lambda _: lines)
    finding = look(settings(tmp_path))["packages"]
    assert (finding.verdict, finding.found) == (
        Verdict.MISSING,
        "not installed: no-such-package",
    )


def test_a_port_that_our_own_server_has_is_no_fault(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        write_server(tmp_path, ServerNote(url=f"http://127.0.0.1:{port}", pid=7))
        finding = look(settings(tmp_path, port=port))["port"]
    assert (finding.verdict, finding.found) == (
        Verdict.DOUBTFUL,
        f"{port} is our own server's (process 7)",
    )


def test_a_host_that_others_reach_in_plain_is_told_before_the_start(tmp_path: Path) -> None:
    open_host = replace(settings(tmp_path), http=HttpSettings(host="0.0.0.0", port=0))
    finding = look(open_host)["line"]
    assert finding.verdict is Verdict.DOUBTFUL
    assert "refuse to start: http.host (0.0.0.0) can be reached" in finding.found
    assert look(replace(open_host, http=HttpSettings(port=0)))["line"].verdict is Verdict.FINE


@pytest.mark.parametrize(
    ("keys", "verdict"), [(None, Verdict.DOUBTFUL), ("[]", Verdict.DOUBTFUL), (KEYS, Verdict.FINE)]
)
def test_agents_that_nobody_could_hear_over_kafka_are_told(
    tmp_path: Path, keys: str | None, verdict: Verdict
) -> None:
    given = settings(tmp_path)
    assert "agents" not in look(given)
    kafka = KafkaSettings(bootstrap="127.0.0.1:9")
    finding = look(replace(given, kafka=kafka, commands=CommandSettings(keys=keys)))["agents"]
    assert finding.verdict is verdict


@pytest.mark.parametrize(
    ("days", "verdict", "found"),
    [(30, Verdict.FINE, "good for 30 days"), (3, Verdict.DOUBTFUL, "ends in 3 days")],
)
def test_a_certificate_that_ends_soon_is_told(
    tmp_path: Path, days: int, verdict: Verdict, found: str
) -> None:
    make(tmp_path, days=days)
    finding = look(_with_tls(tmp_path))["certificate"]
    assert (finding.verdict, finding.found) == (verdict, found)


def test_a_certificate_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    make(tmp_path, days=30)
    (tmp_path / "server.key").chmod(0o644)
    finding = look(_with_tls(tmp_path))["certificate"]
    assert finding.verdict is Verdict.MISSING
    assert "chmod 600" in finding.found
    assert "certificate" not in look(settings(tmp_path / "var"))


def _with_tls(folder: Path) -> Settings:
    http = HttpSettings(
        port=0, tls_certificate=folder / "server.pem", tls_key=folder / "server.key"
    )
    return replace(settings(folder / "var"), http=http)
