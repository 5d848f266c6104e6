"""Read recorded runs: folders test_data_set_* with input_*.pb and output_*.pb, as ONNX has them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from adapters.compute.onnx.process import check_installed
from domain.inference.tensors import Array, Arrays, TensorSpec, datatype_of
from domain.shared.values import InvalidValue

_SETS = "test_data_set_*"


def recorded_sets(
    folder: Path, *, inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]
) -> Iterator[tuple[str, Arrays, Arrays]]:
    """Yield the name, inputs and outputs of each set, by number; raises InvalidValue by file.

    A tensor belongs to the input or output of its own name, one without a name to the place
    that its file's number says. Raises EngineMissing.
    """
    check_installed()
    sets = sorted((one for one in folder.glob(_SETS) if one.is_dir()), key=_number)
    if not sets:
        raise InvalidValue(field=str(folder), problem=f"must hold folders {_SETS}")
    for one in sets:
        given = _tensors(one, "input", inputs)
        wanted = _tensors(one, "output", outputs)
        if not wanted:
            raise InvalidValue(field=one.name, problem="must hold output_0.pb")
        yield one.name, given, wanted


def _tensors(folder: Path, kind: str, specs: Sequence[TensorSpec]) -> Arrays:
    names = [one.name for one in specs]
    found: dict[str, Array] = {}
    for file in sorted(folder.glob(f"{kind}_*.pb"), key=_number):
        where = f"{folder.name}/{file.name}"
        told, array = _read(file, where)
        place = _number(file)
        name = told if told in names else names[place] if 0 <= place < len(names) else ""
        if not name or name in found:
            listed = ", ".join(names) or "none"
            raise InvalidValue(field=where, problem=f"is no {kind} of the model: it has {listed}")
        found[name] = array
    return found


def _read(file: Path, where: str) -> tuple[str, Array]:
    import onnx

    tensor = onnx.TensorProto()
    try:
        tensor.ParseFromString(file.read_bytes())
        # Reading such a one would follow a path that the file says.
        if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
            raise InvalidValue(field=where, problem="must hold its values itself")
        array = onnx.numpy_helper.to_array(tensor)
        if array.dtype.kind == "O":
            array = _texts(array)
        datatype_of(array)
    except InvalidValue as problem:
        raise InvalidValue(field=where, problem=problem.problem) from None
    except Exception as problem:  # noqa: BLE001 - protobuf's and numpy's kinds differ by version
        said = f"is no recorded tensor: {type(problem).__name__}"
        raise InvalidValue(field=where, problem=said) from None
    return tensor.name, array


def _texts(array: Array) -> Array:
    texts = array.copy()
    for place, one in enumerate(array.flat):
        texts.flat[place] = one.decode() if isinstance(one, bytes) else one
    return texts


def _number(path: Path) -> int:
    end = path.stem.rpartition("_")[2]
    return int(end) if end.isdecimal() else -1
