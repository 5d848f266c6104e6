"""Texts, mentions and the mood in memory keep their promises."""

from tests.contracts.sentiment import SentimentContract
from tests.contracts.storage import OverMemory


class TestMemorySentiment(OverMemory, SentimentContract):
    pass
