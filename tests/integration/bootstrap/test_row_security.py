"""What `ballast doctor` and a start say of the login that answers requests."""

from dataclasses import replace
from pathlib import Path

import pytest

from adapters.system.findings import Finding, Verdict
from bootstrap.installation.doctor import examine
from bootstrap.settings.http import HttpSettings
from bootstrap.settings.sections import Settings
from tests.integration.bootstrap.processes import refused_start

pytestmark = pytest.mark.timeout(900)


def look(settings: Settings) -> Finding:
    return {finding.subject: finding for finding in examine(settings)}["row security"]


def on(url: str, folder: Path) -> Settings:
    return Settings(profile="cluster", database_url=url, data_dir=folder, http=HttpSettings(port=0))


def test_the_doctor_knows_who_answers_and_whether_the_policies_bind(
    database_url: str, tmp_path: Path
) -> None:
    fine = look(on(database_url, tmp_path))
    assert fine.verdict is Verdict.FINE
    assert "_app" in fine.found
    owners = replace(on(database_url, tmp_path), database_app_url=database_url)
    assert look(owners).verdict is Verdict.MISSING
    assert "BALLAST_DATABASE_APP_URL" in look(owners).found
    warned = replace(owners, database_row_security="warn")
    assert look(warned).verdict is Verdict.DOUBTFUL
    away = on("postgresql://me:secret@127.0.0.1:1/x?sslmode=disable", tmp_path)
    assert look(away).verdict is Verdict.MISSING
    assert "secret" not in look(away).found


def test_a_start_with_a_login_that_no_policy_binds_is_refused(
    database_url: str, tmp_path: Path
) -> None:
    done = refused_start(
        tmp_path, BALLAST_DATABASE_URL=database_url, BALLAST_DATABASE_APP_URL=database_url
    )
    assert done.returncode != 0
    assert "row-level security does not bind" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
