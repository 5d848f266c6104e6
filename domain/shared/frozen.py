"""Build frozen values quickly, where they are built on every order."""

from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar

Value = TypeVar("Value")


def builder(cls: type[Value]) -> type[Value]:
    """Return a function that does what calling the class does, at a third of the cost.

    cls is a frozen, slotted, keyword-only dataclass. Its own __init__ writes each field
    through object.__setattr__, because the class refuses plain assignment. The function
    fills the fields while the value still is open (see opened), then makes it what it is,
    and calls its __post_init__. It is typed as the class so that calls are checked as the
    class's own. TypeError for other classes.
    """
    if not is_dataclass(cls) or not hasattr(cls, "__slots__"):
        raise TypeError(f"{cls.__name__} must be a dataclass with slots")
    slots = tuple(field.name for field in fields(cls))
    known: dict[str, Any] = {"opened": opened(cls), "cls": cls, "MISSING": MISSING}
    parameters: list[str] = []
    made: list[str] = []
    for field in fields(cls):
        if not field.init or not field.kw_only:
            raise TypeError(f"{cls.__name__}.{field.name}: must be keyword-only and plain")
        if field.default_factory is not MISSING:
            known[f"make_{field.name}"] = field.default_factory
            parameters.append(f"{field.name}=MISSING")
            made.append(
                f"    if {field.name} is MISSING:\n        {field.name} = make_{field.name}()"
            )
        elif field.default is MISSING:
            parameters.append(field.name)
        else:
            known[f"default_{field.name}"] = field.default
            parameters.append(f"{field.name}=default_{field.name}")
    lines = [
        f"def build(*, {', '.join(parameters)}):",
        *made,
        "    value = opened()",
        *(f"    value.{name} = {name}" for name in slots),
        "    value.__class__ = cls",
    ]
    if hasattr(cls, "__post_init__"):
        lines.append("    value.__post_init__()")
    # The source is made of the class's own field names only, as dataclasses does it.
    exec("\n".join([*lines, "    return value"]), known)  # noqa: S102 - made of our own fields' names
    build: Callable[..., Value] = known["build"]
    build.__doc__ = f"Build a {cls.__name__}."
    # Typed as the class: mypy then checks every call against the fields.
    return build  # type: ignore[return-value]


def changer(cls: type[Value]) -> Callable[..., Value]:
    """Return a function that does what dataclasses.replace does, at a fifth of the cost.

    cls is a frozen, slotted dataclass without init=False fields. Every field is copied plainly
    into an open value (see opened), the changes are set over it, and __post_init__ looks at
    the result. TypeError for other classes, AttributeError for a field that there is not.
    """
    if not is_dataclass(cls) or not hasattr(cls, "__slots__"):
        raise TypeError(f"{cls.__name__} must be a dataclass with slots")
    if any(not field.init for field in fields(cls)):
        raise TypeError(f"{cls.__name__} has fields that are not given when it is made")
    slots = tuple(field.name for field in fields(cls))
    known: dict[str, Any] = {"opened": opened(cls), "cls": cls, "set": setattr}
    lines = [
        "def change(before, **changes):",
        "    value = opened()",
        *(f"    value.{name} = before.{name}" for name in slots),
        "    for name in changes:",
        "        set(value, name, changes[name])",
        "    value.__class__ = cls",
    ]
    if hasattr(cls, "__post_init__"):
        lines.append("    value.__post_init__()")
    exec("\n".join([*lines, "    return value"]), known)  # noqa: S102 - made of our own fields' names
    change: Callable[..., Value] = known["change"]
    change.__doc__ = f"Return a {cls.__name__} with some fields changed."
    return change


def opened(cls: type[Value]) -> Callable[[], Value]:
    """Return what makes values of cls that are empty and take plain assignments.

    They are of a class that inherits cls's slots and undoes its refusals; whoever fills one
    closes it with `value.__class__ = cls`. A subclass, for the interpreter lets a value go
    from it to cls without comparing the slots of both. Not only __setattr__ is undone: with
    a __delattr__ in Python every assignment would go through Python too.
    """
    plain = {name: getattr(object, name) for name in ("__init__", "__setattr__", "__delattr__")}
    return type(f"_Open{cls.__name__}", (cls,), {"__slots__": (), **plain})
