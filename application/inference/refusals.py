"""Say why a model does not answer."""

from domain.shared.refusals import Absent, Conflicting


class NoModel(Absent):
    """There is no such model, or no such version of it."""


class CannotServe(Conflicting):
    """The model is not loaded, and why it cannot be."""

    slug = "model-not-served"
    title = "Model not served"
    meaning = "The model, or that version of it, is not loaded; the detail says why."


class CannotRun(Conflicting):
    """No engine could run these inputs."""

    slug = "model-run-failed"
    title = "Model run failed"
    meaning = "No engine could run the model on these inputs; the detail says what each said."


class RanTooLong(Conflicting):
    """The run was ended after the time that it may take."""

    slug = "model-run-overdue"
    title = "Model run overdue"
    meaning = "The run was ended after the time that it may take, or waited for longer than asked."


class QueueFull(Exception):
    """More requests wait for the model than may."""
