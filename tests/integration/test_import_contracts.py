"""Each import contract is proven by a planted violation: it breaks, and only then."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.unit.sources import ROOT, SHIPPED, contracts

LINT = Path(sys.executable).with_name("lint-imports")


class Plant(NamedTuple):
    """Files that break one contract."""

    contract: str
    files: Mapping[str, str]

    @property
    def title(self) -> str:
        """Name the plant in a test's id."""
        return f"{self.contract}-{next(iter(self.files))}"


PLANTS = [
    Plant("layers", {"domain/shared/planted.py": "import ports\n"}),
    Plant("layers", {"ports/planted.py": "import application.risk\n"}),
    Plant("layers", {"application/risk/planted.py": "import adapters.memory\n"}),
    Plant("layers", {"adapters/http/planted.py": "import bootstrap\n"}),
    Plant("driving-adapters", {"adapters/postgres/planted.py": "import application.risk\n"}),
    Plant(
        "driving-adapters",
        {"adapters/newcomer/__init__.py": "", "adapters/newcomer/a.py": "import application.risk"},
    ),
    Plant("driving-adapters", {"adapters/telemetry/planted.py": "import application.risk\n"}),
    Plant("adapters-independent", {"adapters/postgres/planted.py": "import adapters.memory\n"}),
    Plant("adapters-independent", {"adapters/newcomer/__init__.py": "import adapters.memory\n"}),
    Plant("domain-areas", {"domain/shared/planted.py": "import domain.risk\n"}),
    Plant("domain-areas", {"domain/market/planted.py": "import domain.orders\n"}),
    Plant("domain-areas", {"domain/orders/planted.py": "import domain.accounts\n"}),
    Plant("domain-areas", {"domain/accounts/planted.py": "import domain.risk\n"}),
    Plant("domain-areas", {"domain/risk/planted.py": "import domain.kill_switch\n"}),
    Plant("domain-areas", {"domain/identity/planted.py": "import domain.market\n"}),
    Plant("domain-areas", {"domain/audit/planted.py": "import domain.identity\n"}),
    Plant("domain-areas", {"domain/newcomer/__init__.py": ""}),
    Plant(
        "application-areas",
        {
            "application/risk/planted.py": "import application.orders.planted\n",
            "application/orders/planted.py": "import application.newcomer\n",
            "application/newcomer/__init__.py": "import application.risk\n",
        },
    ),
    Plant("core-knows-no-framework", {"domain/risk/planted.py": "import numba\n"}),
    Plant("core-knows-no-framework", {"ports/planted.py": "import sqlalchemy.ext.asyncio\n"}),
    Plant("core-knows-no-framework", {"application/risk/planted.py": "import litestar\n"}),
    Plant("only-bootstrap-injects", {"adapters/http/planted.py": "import dependency_injector\n"}),
    Plant("shipped-imports-shipped", {"bootstrap/planted.py": "import tests.unit.sources\n"}),
    Plant("shipped-imports-shipped", {"adapters/http/planted.py": "import bench.rows\n"}),
]

ALLOWED = {
    "adapters/http/planted.py": "import application.risk\n",
    "adapters/kafka/__init__.py": "",
    "adapters/kafka/planted.py": "import application.risk\n",
    "adapters/newcomer/__init__.py": "import ports, domain.risk\n",
    "application/newcomer/__init__.py": "import ports, domain.risk\n",
    "bootstrap/planted.py": "import dependency_injector, adapters.http, application.risk\n",
    "domain/risk/planted.py": "import numpy, domain.accounts, domain.orders, domain.shared\n",
}


def lint(root: Path, files: Mapping[str, str]) -> str:
    """Copy the shipped code, add the files, and give what lint-imports says of the copy."""
    for package in SHIPPED:
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copy(ROOT / "pyproject.toml", root)
    for path, text in files.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    command = [str(LINT), "--no-logo", "--no-cache"]
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def test_what_the_design_allows_keeps_every_contract(tmp_path: Path) -> None:
    said = lint(tmp_path, ALLOWED)
    assert [name for name in _names().values() if f"{name} KEPT" not in said] == []


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.title)
def test_a_planted_violation_breaks_its_contract(tmp_path: Path, plant: Plant) -> None:
    said = lint(tmp_path, plant.files)
    assert f"{_names()[plant.contract]} BROKEN" in said


def test_every_contract_has_a_planted_violation() -> None:
    assert {plant.contract for plant in PLANTS} == contracts().keys()


def _names() -> dict[str, str]:
    return {identity: contract["name"] for identity, contract in contracts().items()}
