"""An inference of one row over HTTP beside a bare Litestar POST with `session.run`.

Both run the same MLP 32-64-3 on one thread. Ours reads the token, checks the tensors, asks the
queue of the model and a thread of its own, and counts; the bare one does nothing of that. The rows
of half the load have 8 callers, beside the same server with batches of one: waiting for others may
cost who asks at most 2 ms.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop

from bench.context import Context, open_context
from bench.load import Load, Report, run_load
from bench.peers.bare_infer import PATH as BARE_PATH
from bench.row_submit import running_postgres
from bench.rows import Better, Row, compare
from bench.serving import free_port, serving
from bench.stats import interleave
from tests.integration.inference.models import bytes_of, mlp

TURNS = 7
REQUESTS = 1_000
CALLERS = 8
NAME, WIDTH = "mlp", 32
PATH = f"/api/v1/inference/{NAME}"
GOAL_P50 = 1.5
PEER = "Litestar + session.run"
BATCH_OF_ONE = {"BALLAST_INFERENCE_BATCH_ROWS": "1"}


def measure() -> list[Row]:
    """Measure one caller, then eight with batches and without."""
    with tempfile.TemporaryDirectory(prefix="ballast-bench-") as name:
        folder = Path(name)
        models = folder / "models"
        models.mkdir()
        model = models / f"{NAME}.onnx"
        model.write_bytes(bytes_of(mlp()))
        with running_postgres(folder / "postgres") as (url, single_url):
            with _ours(url, folder / "one", models) as context, _bare(model) as port:
                ours, theirs = interleave(
                    lambda: _asked(context, callers=1).latency_ms.p50,
                    lambda: _report(port, BARE_PATH, callers=1, headers={}).latency_ms.p50,
                    repeats=TURNS,
                )
                first = compare(
                    name="infer_http_p50",
                    unit="ms",
                    better=Better.LOWER,
                    ours=ours,
                    reference=theirs,
                    reference_name=PEER,
                    goal=GOAL_P50,
                )
            with (
                _ours(url, folder / "one", models) as batched,
                _ours(single_url, folder / "two", models, **BATCH_OF_ONE) as single,
            ):
                together, alone = interleave(
                    lambda: _asked(batched, callers=CALLERS).latency_ms.p99,
                    lambda: _asked(single, callers=CALLERS).latency_ms.p99,
                    repeats=TURNS,
                )
                second = compare(
                    name="infer_http_p99_8_callers",
                    unit="ms",
                    better=Better.LOWER,
                    ours=together,
                    reference=alone,
                    reference_name="our server, batches of one",
                )
    return [first, second]


@contextmanager
def _ours(url: str, folder: Path, models: Path, **more: str) -> Iterator[Context]:
    settings = {"BALLAST_INFERENCE_MODEL_DIR": str(models), **more}
    with open_context(database_url=url, folder=folder, accounts=1, more=settings) as context:
        yield context


@contextmanager
def _bare(model: Path) -> Iterator[int]:
    port = free_port()
    arguments = ("-m", "bench.peers.bare_infer", f"--model={model}", f"--port={port}")
    with serving(arguments=arguments, port=port):
        yield port


def _asked(context: Context, *, callers: int) -> Report:
    headers = {"authorization": f"Bearer {context.token}"}
    return _report(context.port, PATH, callers=callers, headers=headers)


def _report(port: int, path: str, *, callers: int, headers: dict[str, str]) -> Report:
    load = Load(
        port=port,
        path=path,
        body=_row,
        requests=REQUESTS,
        connections=callers,
        headers=headers,
        expect_status=200,
    )
    return uvloop.run(run_load(load))


def _row(number: int) -> bytes:
    data = ",".join(f"{(number * 7 + place * 3) % 100 / 50:.2f}" for place in range(WIDTH))
    return (
        f'{{"inputs":[{{"name":"x","shape":[1,{WIDTH}],"datatype":"FP32","data":[{data}]}}]}}'
    ).encode()
