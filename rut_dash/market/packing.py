"""A price history as the bytes of a Parquet file, and back."""

from __future__ import annotations

import hashlib
import json
import math
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from rut_dash.market import format_1
from rut_dash.market.history import LaterSource, PriceHistory, Provenance
from rut_dash.market.notes import Note
from rut_dash.market.validation import BAR_COLUMNS, validate_bars

_FORMAT: Final = 2
_METADATA: Final = b"rut_dash"
_SCHEMA: Final = pa.schema(
    [pa.field("session", pa.date32()), *(pa.field(name, pa.float64()) for name in BAR_COLUMNS)]
)


def pack_history(history: PriceHistory) -> bytes:
    """Return a history as the bytes of a Parquet file, its provenance in the metadata."""
    import pyarrow.parquet as pq

    provenance = history.provenance
    fetched = provenance.fetched_at
    record = {
        "format": _FORMAT,
        "symbol": history.symbol,
        "source": provenance.source,
        "later_sources": [
            [later.name, later.since.isoformat()] for later in provenance.later_sources
        ],
        "fetched_at": None if fetched is None else fetched.isoformat(),
        "provisional": provenance.provisional,
        "notes": [note.to_json() for note in provenance.notes],
        "file_format": provenance.file_format,
    }
    record["digest"] = _digest(history.bars, record)
    days = history.sessions.to_numpy().astype("datetime64[D]")
    columns = [pa.array(days), *(pa.array(history.bars[name].to_numpy()) for name in BAR_COLUMNS)]
    schema = _SCHEMA.with_metadata({_METADATA: json.dumps(record).encode()})
    sink = pa.BufferOutputStream()
    pq.write_table(
        pa.Table.from_arrays(columns, schema=schema),
        sink,
        compression="zstd",
        write_page_checksum=True,
    )
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def unpack_history(symbol: str, data: bytes) -> PriceHistory:
    """Return the history in the bytes of a Parquet file, of this format or of the first.

    Raises
    ------
    SchemaError, ValueError, KeyError, TypeError, OSError, ArrowException
        If it is not what `pack_history` wrote for that symbol.
    """
    import pyarrow.parquet as pq

    file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
    table = file.read(use_threads=False)
    if _METADATA not in (table.schema.metadata or {}):
        raise ValueError("it was written by another program")
    record = json.loads(table.schema.metadata[_METADATA])
    if record["format"] not in (1, _FORMAT):
        raise ValueError(f"its format is {record['format']}, where {_FORMAT} is known")
    if record["symbol"] != symbol:
        raise ValueError(f"it holds {record['symbol']}")
    if not table.schema.equals(_SCHEMA, check_metadata=False):
        raise ValueError("its columns are not those of bars")
    days = table["session"].to_numpy().astype("datetime64[us]")
    bars = pd.DataFrame(
        np.column_stack([table[name].to_numpy() for name in BAR_COLUMNS]),
        index=pd.DatetimeIndex(days, name="session"),
        columns=list(BAR_COLUMNS),
    )
    # Pages of a Parquet file are protected, what says how many there are is not.
    if "digest" in record and record["digest"] != _digest(bars, record):
        raise ValueError("it does not hold what was written")
    # The move was judged when the bars came in, perhaps by a limit that was set for it.
    bars = validate_bars(_with_blanks(bars, record), symbol, symbol, move_limit=math.inf)
    provenance = _provenance(record)
    deferred = provenance.deferred_actions
    if any(pd.Timestamp(action.counted_on) not in bars.index for action in deferred):
        raise ValueError("a dividend is counted on a session that it does not have")
    return PriceHistory(symbol, bars, provenance)


def _provenance(record: dict[str, Any]) -> Provenance:
    """Return the provenance that a file's metadata describe."""
    if record["format"] == 1:
        source, later = format_1.sources(record["source"])
        newest = later[-1].name if later else source
        deferred = format_1.deferred_actions(record.get("carried", ()), newest)
        notes = format_1.notes(record["notes"], deferred)
    else:
        source = record["source"]
        later = tuple(
            LaterSource(name, date.fromisoformat(since)) for name, since in record["later_sources"]
        )
        notes = tuple(Note.from_json(note) for note in record["notes"])
    fetched = record["fetched_at"]
    return Provenance(
        source,
        fetched_at=None if fetched is None else datetime.fromisoformat(fetched),
        provisional=bool(record["provisional"]),
        notes=notes,
        later_sources=later,
        file_format=record.get("file_format", ""),
    )


def _with_blanks(bars: pd.DataFrame, record: dict[str, Any]) -> pd.DataFrame:
    """Return bars in which unknown dividends and splits are NaN.

    They were stored as 0, with the first session on which one of the two was unknown. Where a
    dividend follows, those from it on are taken to be known.
    """
    incomplete = record.get("incomplete_from")
    if incomplete is None:
        return bars
    later = np.asarray(bars.index >= pd.Timestamp(incomplete))
    before_payment = ~np.logical_or.accumulate(later & (bars["dividend"].to_numpy() > 0))
    return bars.assign(
        dividend=bars["dividend"].mask(later & before_payment),
        split=bars["split"].mask(later & (bars["split"].to_numpy() == 0)),
    )


def _digest(bars: pd.DataFrame, record: dict[str, Any]) -> str:
    """Return a digest of bars, and of the rest of their record but for this digest."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(bars.index.to_numpy().astype("datetime64[D]").astype("int64").tobytes())
    digest.update(np.ascontiguousarray(bars[list(BAR_COLUMNS)].to_numpy(dtype=float)).tobytes())
    rest = {key: value for key, value in record.items() if key != "digest"}
    digest.update(json.dumps(rest, sort_keys=True).encode())
    return digest.hexdigest()
