"""The model that CONTRIBUTING.md shows is made, added and run as the page says."""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from adapters.compute.onnx.cpu import OnnxCpuEngine
from adapters.compute.onnx.examiner import OnnxExaminer
from domain.inference.forecast import terms_of
from tests.integration.bootstrap.processes import ballast
from tests.unit.sources import ROOT

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Run the code of the page, and return the file that it writes."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    (code,) = re.findall(r"```python\n# own_model\.py\n(.*?)```", text, flags=re.DOTALL)
    (tmp_path / "own_model.py").write_text(code)
    subprocess.run([sys.executable, "own_model.py"], cwd=tmp_path, check=True)
    return tmp_path / "own.onnx"


def test_the_model_of_the_guide_is_added(made: Path, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    added = ballast(
        tmp_path / "var",
        *("models", "add", str(made)),
        BALLAST_INFERENCE_MODEL_DIR=str(tmp_path / "models"),
    )
    assert added.returncode == 0, added.stderr
    assert "independent" in added.stdout
    assert (tmp_path / "models" / "own" / "1" / "model.onnx").read_bytes() == made.read_bytes()


@pytest.fixture
def content(made: Path) -> bytes:
    return made.read_bytes()


async def test_the_model_of_the_guide_forecasts_what_the_page_says(content: bytes) -> None:
    examined = await OnnxExaminer().examine(content)
    terms = terms_of(dict(examined.facts.metadata))
    assert terms is not None
    assert terms.why_absent([0.1], today=date(2026, 3, 2)) == ""
    assert "outside the training's" in terms.why_absent([0.3], today=date(2026, 3, 2))
    assert "expired" in terms.why_absent([0.1], today=date(2027, 1, 1))
    session = await OnnxCpuEngine().open(examined.content, examined.facts)
    rows = np.array([[0.1], [-0.04]], np.float32)
    found = await session.run({"features": rows})
    assert found["forecast"] == pytest.approx(rows / 20)
    await session.close()
