"""The bundled demo: simulated bars of IWM and SPY, the same on every machine.

The bars are in ``demo.parquet``, which ``tools/make_demo.py`` makes: between published closes
everything is made up.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import pandas as pd

from rut_dash.errors import NotSimulated
from rut_dash.market.notes import SimulatedBetween
from rut_dash.market.sources.base import PriceSource, RawBars

DEMO_FILE: Final = Path(__file__).with_name("demo.parquet")


class DemoSource(PriceSource):
    """Simulated bars of IWM and SPY."""

    key = "demo"

    def fetch_raw(self, symbol: str, start: date | None) -> RawBars:
        """Return the simulated bars of a symbol.

        Raises
        ------
        NotSimulated
            If the demo has no such symbol.
        """
        frames = _demo_frames()
        if symbol not in frames:
            raise NotSimulated(symbol, f"the {self.name}", symbols=tuple(frames))
        published = int(frames[symbol]["published"].sum())
        bars = frames[symbol].drop(columns="published")
        return RawBars(bars, notes=(SimulatedBetween(published),))


@cache  # constant: a file of the package
def _demo_frames() -> dict[str, pd.DataFrame]:
    """Return the rows of the file by symbol."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(DEMO_FILE) as file:
        rows = file.read().to_pandas(date_as_object=False)
    rows["session"] = rows["session"].astype("datetime64[us]")
    grouped = rows.set_index("session").groupby("symbol", sort=False)
    return {str(symbol): bars.drop(columns="symbol").assign(split=0.0) for symbol, bars in grouped}
