"""Models are looked at, run, unloaded, and loaded again in another version."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, expect

from tests.browser.person import Person, serving
from tests.integration.inference.models import MODELS, bytes_of


@pytest.fixture
def operator(tmp_path: Path, context: BrowserContext) -> Iterator[Person]:
    """Somebody at a server with two versions of a model, and one that mixes rows."""
    for name, version, model in (("net", "9", "mlp"), ("net", "10", "mlp"), ("mix", "1", "mixing")):
        folder = tmp_path / "models" / name / version
        folder.mkdir(parents=True)
        (folder / "model.onnx").write_bytes(bytes_of(MODELS[model]()))
    settings = {
        "BALLAST_INFERENCE_MODEL_DIR": str(tmp_path / "models"),
        "BALLAST_INFERENCE_LOAD": "demand",
    }
    with serving(tmp_path / "data", **settings) as server:
        server.set_password()
        made = Person(context=context, server=server)
        yield made
        made.check()


def test_models_are_looked_at_run_unloaded_and_loaded(operator: Person) -> None:
    server, page = operator.server, operator.log_in()
    operator.go("Inference")
    net = page.get_by_role("region", name="net", exact=True)
    expect(net).to_contain_text("Versions 9, 10.")
    expect(net).to_contain_text("not loaded")
    # The first request loads the newest; the page tells it by itself.
    tensor = {"name": "x", "shape": [2, 32], "datatype": "FP32", "data": [0.5] * 64}
    server.own("POST", "inference/net", inputs=[tensor])
    figures = net.get_by_label("Figures of net")
    expect(net).to_contain_text("Version 10 is served.")
    expect(figures).to_contain_text("cpu")
    expect(figures).to_contain_text("1, 0 failed")
    expect(figures).to_contain_text("2.0 in 1 batches")
    expect(figures).to_contain_text("MiB")
    net.get_by_text("What net takes and gives").click()
    expect(net).to_contain_text("x: FP32 [any, 32]")

    operator.press(net.get_by_role("button", name="Unload net"))
    dialog = page.get_by_role("dialog", name="Unload net")
    assert not Axe().run(page).response["violations"]
    dialog.get_by_role("button", name="Unload net").click()
    expect(net).to_contain_text("not loaded")
    expect(net.get_by_role("button", name="Unload net")).to_have_count(0)

    operator.press(net.get_by_role("button", name="Load net"))
    dialog = page.get_by_role("dialog", name="Load net")
    version = dialog.get_by_role("combobox", name="Version")
    expect(version).to_have_value("10")
    version.select_option("9")
    dialog.get_by_role("button", name="Load net").click()
    expect(net).to_contain_text("Version 9 is served.")

    mix = page.get_by_role("region", name="mix", exact=True)
    operator.press(mix.get_by_role("button", name="Load mix"))
    page.get_by_role("dialog", name="Load mix").get_by_role("button", name="Load mix").click()
    expect(mix).to_contain_text("Requests are run one by one: rows of 'y' change")
