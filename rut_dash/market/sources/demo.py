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

from rut_dash.errors import EndsBefore, NotSimulated
from rut_dash.market.history import PriceHistory, Provenance
from rut_dash.market.notes import SimulatedBetween
from rut_dash.market.validation import validate_bars

__all__ = ["DEMO_FILE", "DemoSource"]

DEMO_FILE: Final = Path(__file__).with_name("demo.parquet")


class DemoSource:
    """Simulated bars of IWM and SPY, the same on every machine."""

    name = "simulated demo"
    simulated = True

    def symbols(self) -> tuple[str, ...]:
        """Return the symbols that there are."""
        return tuple(_bars_by_symbol())

    def fetch(self, symbol: str, start: date | None = None) -> PriceHistory:
        """Return the simulated bars of IWM or SPY.

        Parameters
        ----------
        symbol
            ``IWM`` or ``SPY``.
        start
            The first session wanted; the whole simulation where None.

        Raises
        ------
        DataUnavailable
            If the demo has no such symbol, or ends before ``start``.
        """
        rows = _bars_by_symbol().get(symbol)
        if rows is None:
            raise NotSimulated(symbol, f"the {self.name}", symbols=self.symbols())
        if start is not None:
            last = rows.index[-1]
            rows = rows.loc[pd.Timestamp(start) :]
            if rows.empty:
                raise EndsBefore(symbol, f"the {self.name}", since=start, last=last.date())
        bars, _ = validate_bars(rows.drop(columns="published"), self.name, symbol)
        published = int(_bars_by_symbol()[symbol]["published"].sum())
        notes = (SimulatedBetween(published),)
        return PriceHistory(symbol, bars, Provenance(self.name, simulated=True, notes=notes))


@cache
def _bars_by_symbol() -> dict[str, pd.DataFrame]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(DEMO_FILE) as file:
        rows = file.read().to_pandas(date_as_object=False)
    rows["session"] = rows["session"].astype("datetime64[us]")
    grouped = rows.set_index("session").groupby("symbol", sort=False)
    return {str(symbol): bars.drop(columns="symbol").assign(split=0.0) for symbol, bars in grouped}
