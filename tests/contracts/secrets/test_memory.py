"""Secrets in memory keep their promises."""

from tests.contracts.secrets.api_keys import ApiKeysContract
from tests.contracts.secrets.store import KeyMarksContract, SealedStoreContract
from tests.contracts.storage import OverMemory


class TestMemoryKeyMarks(OverMemory, KeyMarksContract):
    pass


class TestMemorySealedStore(OverMemory, SealedStoreContract):
    pass


class TestMemoryApiKeys(OverMemory, ApiKeysContract):
    pass
