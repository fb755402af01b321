"""A registry: rows by their key, in the order in which they were added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar


class Keyed(Protocol):
    """A row that has a key."""

    @property
    def key(self) -> str:
        """The name by which files, links and the command line know the row."""
        ...


Row = TypeVar("Row", bound=Keyed)


class Registry(Mapping[str, Row], Generic[Row]):
    """Rows of one kind, by their key.

    Whoever lists what there is (controls, links, exports, the command line, tests) reads the
    registry when it is asked, not when it is imported, so that a row added later is there too.

    Raises
    ------
    ValueError
        If two rows have one key.
    """

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._rows: dict[str, Row] = {}
        for row in rows:
            self.add(row)

    def __getitem__(self, key: str) -> Row:
        return self._rows[key]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the keys, in the order in which their rows were added."""
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: Row) -> None:
        """Add a row.

        Raises
        ------
        ValueError
            If there is a row of that key already.
        """
        if row.key in self._rows:
            raise ValueError(f"two rows have the key {row.key!r}")
        self._rows[row.key] = row

    @contextmanager
    def with_row(self, row: Row) -> Iterator[Row]:
        """Add a row for the time of a with-block, as tests of the registry do."""
        self.add(row)
        try:
            yield row
        finally:
            del self._rows[row.key]
