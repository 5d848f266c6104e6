"""The server runs on the one version of uvicorn whose insides it knows, or not at all."""

from dataclasses import replace

import pytest
import uvicorn
from packaging.requirements import Requirement

from adapters.http.server.server import UVICORN, HttpServer, UvicornMismatch
from adapters.http.server.settings import ServerSettings
from bootstrap.processes.startup_faults import startup_faults
from tests.unit.sources import project


def test_another_version_is_refused_before_a_port_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    server = HttpServer(settings=replace(ServerSettings(), port=0))
    monkeypatch.setattr(uvicorn, "__version__", "0.54.1")
    with pytest.raises(UvicornMismatch, match=r"0\.54\.1 is installed.* uvicorn==0\.54\.0") as told:
        server.bind()
    assert isinstance(told.value, startup_faults())


def test_what_is_declared_is_the_version_that_is_demanded() -> None:
    (declared,) = [
        one
        for one in map(Requirement, project()["project"]["dependencies"])
        if one.name == "uvicorn"
    ]
    assert str(declared.specifier) == f"=={UVICORN}"
