"""Texts, mentions, the mood and sources of texts in memory keep their promises."""

from tests.contracts.news_sources import NewsSourcesContract
from tests.contracts.sentiment import SentimentContract
from tests.contracts.storage import OverMemory


class TestMemorySentiment(OverMemory, SentimentContract):
    pass


class TestMemoryNewsSources(OverMemory, NewsSourcesContract):
    pass
