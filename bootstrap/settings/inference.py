"""List the settings of models."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from adapters.settings.field import setting
from domain.inference.limits import ROWS_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceSettings:
    """Models in ONNX: where they lie, what they may take, how requests are put together."""

    model_dir: Path | None = setting(
        None, "The folder of models, NAME.onnx or NAME/VERSION/model.onnx; without one, none."
    )
    hub_url: str | None = setting(
        None,
        "The hub that commands fetch models from, where it is another than"
        " https://huggingface.co; one that speaks its wire.",
    )
    load: str = setting(
        "start",
        "When models are loaded: all at the start, or each with the first request for it.",
        choices=("start", "demand"),
    )
    require: str | None = setting(
        None,
        "The one engine that may run models, instead of going on to the next where one fails.",
        choices=("remote", "tensorrt", "cuda", "cpu", "reference"),
    )
    memory_mib: int = setting(
        1_024,
        "Memory that models take together; the longest unused go, pinned ones stay.",
        low=16,
        high=1_048_576,
    )
    threads: int = setting(2, "Runs of ONNX Runtime at the same time.", low=1, high=256)
    run_s_max: float = setting(5.0, "Seconds after which a run is ended.", low=0.01, high=3_600)
    batch_rows: int = setting(
        ROWS_MAX,
        "Rows of requests that are run together, where rows are proven independent.",
        low=1,
        high=4_096,
    )
    batch_wait_ms: float = setting(
        2.0,
        "How long is waited for more rows to run together, where several ask.",
        low=0,
        high=1_000,
    )
    remote: str | None = setting(
        None,
        "Who runs models in place of this process, which runs them where that fails: the part"
        " inference of this installation, or another server of the Open Inference Protocol, such as"
        " http://127.0.0.1:8001.",
    )
    remote_own: bool = setting(
        False,
        "Whether that is the part inference of this installation: a short-lived token of the"
        " installation's own is shown there then, and to nobody else.",
    )
    remote_token: str | None = setting(
        None, "The token to show there, where it is none of this installation.", secret=True
    )
    remote_ca: Path | None = setting(
        None, "The authority (PEM) whose certificates are taken there, and no others."
    )
    port: int = setting(8_001, "The port on which the part inference answers.", low=1, high=65_535)
    waiting_max: int = setting(
        1_024, "Requests that may wait for one model; more are answered 429.", low=1, high=100_000
    )


def inference_faults(own: InferenceSettings) -> Iterator[tuple[str, str]]:
    """Yield what cannot hold."""
    if own.model_dir is not None and not own.model_dir.is_dir():
        yield "inference.model_dir", f"is no folder: {own.model_dir}"
