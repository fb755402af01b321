"""A registry has its rows in order, each under a key of its own."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from rut_dash.registry import Registry


@dataclass(frozen=True)
class Named:
    key: str


FIRST, SECOND = Named("first"), Named("second")


def test_rows_are_found_by_key_in_the_order_in_which_they_were_added() -> None:
    registry = Registry([SECOND])
    registry.add(FIRST)
    assert list(registry) == ["second", "first"]
    assert registry["first"] is FIRST
    assert len(registry) == 2


def test_a_second_row_of_a_key_is_refused_and_the_first_one_stays() -> None:
    registry = Registry([FIRST])
    with pytest.raises(ValueError, match="two rows have the key 'first'"):
        registry.add(Named("first"))
    with pytest.raises(ValueError, match="two rows have the key 'first'"), registry.with_row(FIRST):
        pass
    assert registry["first"] is FIRST
    with pytest.raises(ValueError, match="'second'"):
        Registry([SECOND, SECOND])


def test_a_row_added_for_a_block_is_gone_after_it_also_where_the_block_fails() -> None:
    registry = Registry([FIRST])

    def fail() -> None:
        with registry.with_row(SECOND):
            assert list(registry) == ["first", "second"]
            raise RuntimeError("of the block")

    with pytest.raises(RuntimeError, match="of the block"):
        fail()
    assert list(registry) == ["first"]
