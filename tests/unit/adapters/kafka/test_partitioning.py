"""A key's partition is the one that every other client of Kafka chooses."""

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from adapters.kafka.partitioning import partition_for


@given(key=st.binary(max_size=100), count=st.integers(1, 50))
def test_a_key_goes_where_the_library_would_put_it(key: bytes, count: int) -> None:
    partitions = list(range(count))
    expected = DefaultPartitioner()(key, partitions, partitions)
    assert partition_for(key, partitions, partitions) == expected
    assert partition_for(key, partitions, partitions) == expected


def test_a_message_without_a_key_goes_where_there_is_a_leader() -> None:
    assert {partition_for(None, [0, 1, 2], [2]) for _ in range(20)} == {2}
