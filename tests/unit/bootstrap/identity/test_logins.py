"""The score is there where scikit-learn is, and the rules speak alone where it is not."""

import pytest

from adapters.memory.login_anomaly import RulesAlone
from adapters.scikit_learn.login_anomaly import ForestLoginAnomaly
from bootstrap.identity import logins
from bootstrap.settings.devices import DeviceSettings


def test_the_extra_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    with_forest = logins.build_logins(DeviceSettings())
    assert isinstance(with_forest.anomaly, ForestLoginAnomaly)
    with_forest.stop()
    monkeypatch.setattr(logins, "find_spec", lambda _: None)
    without = logins.build_logins(DeviceSettings())
    assert isinstance(without.anomaly, RulesAlone)
    without.stop()
