"""Bars from Yahoo Finance: what its answers mean."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from rut_dash.errors import (
    Defect,
    ForeignKind,
    ForeignSymbol,
    MalformedAnswer,
    NoPrices,
    SchemaError,
    SourceBars,
    UnknownSymbol,
)
from rut_dash.market.actions import with_capital_gains
from rut_dash.market.instruments import is_index
from rut_dash.market.notes import DeferredAction, NoAdjustedCloses, Note
from rut_dash.market.sources.base import PriceSource, RawBars, utc_now
from rut_dash.market.sources.yahoo_client import ChartAnswer, YahooClient

# 20 s are allowed for a whole call; what is left is for validation and storing.
DEADLINE: Final = 18.0
REQUEST_TIMEOUT: Final = 8.0

# Indices of Chicago's option exchange are among them.
_US_ZONES: Final = ("America/New_York", "America/Chicago")
_FOREIGN_KINDS: Final[dict[str, ForeignKind]] = {
    "CRYPTOCURRENCY": "cryptocurrency",
    "CURRENCY": "currency_pair",
    "FUTURE": "future",
}
_NEW_YORK: Final = ZoneInfo("America/New_York")
# yfinance would look such a name up at another service, with caches of its own.
_ISIN: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")
# yfinance asks for 99 years where everything is wanted.
_YEARS_ASKED: Final = 98
_DAY: Final = pd.Timedelta(days=1)
# A first bar this much later than the first trade means that the answer was cut short.
_LATE_START: Final = timedelta(days=31)
_LONGEST_SYMBOL: Final = 40  # characters of another symbol that an error quotes


class YahooSource(PriceSource):
    """Daily bars of any symbol that Yahoo Finance knows, in its own spelling.

    Prices are Yahoo's raw ones: split-adjusted, not dividend-adjusted. Its adjusted closes are
    in ``adj_close``, for comparison only. A row without a close is left out, so that its session
    is missing.

    Parameters
    ----------
    deadline
        Longest time of a whole call, in seconds.
    request_timeout
        Longest time of one request for prices, in seconds.
    move_limit
        Largest believable one-day move as a fraction; each instrument's own by default.
    clock
        Returns the time, timezone-aware.
    """

    key = "yahoo"

    def __init__(
        self,
        *,
        deadline: float = DEADLINE,
        request_timeout: float = REQUEST_TIMEOUT,
        move_limit: float | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(move_limit=move_limit, clock=clock)
        self.client = YahooClient(self.name, deadline=deadline, request_timeout=request_timeout)

    def fetch_raw(self, symbol: str, start: date | None) -> RawBars:
        """Return bars of one symbol, within the deadline.

        Raises
        ------
        UnknownSymbol
            If Yahoo answers that it knows no such symbol, that it is not of a US exchange, or it
            is an ISIN.
        DataUnavailable
            If Yahoo gave no prices; a subclass names the cause.
        SchemaError
            If dates are out of order or have not come yet, or the history begins too late.
        """
        if _ISIN.fullmatch(symbol):
            raise UnknownSymbol(symbol, self.name, isin=True)
        answer = self.client.fetch_chart(symbol, start)
        self._require_symbol(symbol, answer.facts.meta)
        self._require_us_exchange(symbol, answer.facts.meta)
        if answer.frame.empty:
            raise NoPrices(symbol, self.name, since=start)
        raw = _raw_bars(symbol, self.name, answer)
        if raw.frame.empty:
            raise NoPrices(symbol, self.name, since=start)
        where = SourceBars(symbol, self.name)
        now = self.clock()
        _require_order(where, answer.facts.times, now)
        if start is None:
            _require_beginning(where, raw.frame, answer.facts.meta, now)
        return raw

    def _require_symbol(self, symbol: str, meta: dict[str, Any]) -> None:
        """Refuse prices of another symbol, and others than daily ones."""
        other = meta.get("symbol")
        if isinstance(other, str) and other.upper() != symbol.upper():
            raise MalformedAnswer(
                symbol, self.name, flaw="other_symbol", value=other[:_LONGEST_SYMBOL]
            )
        if meta.get("dataGranularity", "1d") != "1d":
            raise MalformedAnswer(symbol, self.name, flaw="not_daily")

    def _require_us_exchange(self, symbol: str, meta: dict[str, Any]) -> None:
        """Refuse what is quoted in another currency, or traded at other hours than the NYSE's."""
        currency, zone = meta.get("currency") or "USD", meta.get("exchangeTimezoneName")
        kind = _FOREIGN_KINDS.get(str(meta.get("instrumentType")).upper())
        if kind is None and currency == "USD" and zone in (None, *_US_ZONES):
            return
        raise ForeignSymbol(
            symbol,
            self.name,
            kind=kind or "listing",
            place=str(meta.get("fullExchangeName") or zone or ""),
            currency="" if currency == "USD" else str(currency),
        )


def _raw_bars(symbol: str, source: str, answer: ChartAnswer) -> RawBars:
    """Return the rows that have a close, and the actions of those that have none."""
    frame = answer.frame
    index = pd.DatetimeIndex(frame.index)
    if index.tz is not None:
        index = index.tz_localize(None)
    index = index.normalize().as_unit("us").rename("session")
    frame = frame.set_axis(index, axis=0)
    notes: list[Note] = []

    dividends = frame["Dividends"].fillna(0.0)
    if "Capital Gains" in frame:
        gains = frame["Capital Gains"].fillna(0.0)
        dividends, gain_notes = with_capital_gains(dividends, gains)
        notes += gain_notes
    volume = frame["Volume"]
    bars = pd.DataFrame(
        {
            "open": frame["Open"],
            "high": frame["High"],
            "low": frame["Low"],
            "close": frame["Close"],
            "adj_close": frame["Adj Close"] if answer.facts.has_adjusted else float("nan"),
            # yfinance turns an unknown volume into 0, which an index never has.
            "volume": volume.where(volume != 0) if is_index(symbol) else volume,
            "dividend": dividends,
            "split": frame["Stock Splits"].fillna(0.0),
        }
    ).astype("float64")
    if not answer.facts.has_adjusted:
        notes.append(NoAdjustedCloses(source))

    is_blank = bars["close"].isna() | (bars["close"] == 0.0)  # 0 is how Yahoo writes none, too
    priced = bars[~is_blank]
    deferred = []
    for day, row in bars[is_blank & ((bars["dividend"] > 0) | (bars["split"] > 0))].iterrows():
        after = priced.index[priced.index > day]
        if after.empty:
            continue  # it comes again with the bar of its own session
        deferred.append(
            DeferredAction(
                pd.Timestamp(str(day)).date(),
                after[0].date(),
                row["dividend"],
                row["split"],
                source,
            )
        )
    return RawBars(priced, (*notes, *deferred))


def _require_order(where: SourceBars, times: npt.NDArray[np.float64], now: datetime) -> None:
    """Refuse dates that are out of order, are there twice, or have not come yet.

    The last bar alone may come twice: a live row beside that of its session.
    """
    steps = np.diff(times)
    steps[-1:] += _DAY.total_seconds() / 2
    wrong = np.flatnonzero(~(steps >= _DAY.total_seconds() / 2))
    if wrong.size:
        before, after = times[wrong[0] : wrong[0] + 2]
        defect = Defect.DUPLICATE_STAMP if before <= after else Defect.UNSORTED_STAMP
        raise SchemaError(where, defect, day=_day_of(after))
    tomorrow = (pd.Timestamp(now.astimezone(_NEW_YORK).date()) + _DAY).tz_localize(_NEW_YORK)
    if not times[-1] < tomorrow.timestamp():
        raise SchemaError(where, Defect.FUTURE_STAMP, day=_day_of(times[-1]))


def _day_of(time: float) -> date | None:
    """Return the date of a time in seconds since 1970; None where no date is so far away."""
    try:
        return datetime.fromtimestamp(time, _NEW_YORK).date()
    except (OverflowError, ValueError, OSError):
        return None


def _require_beginning(
    where: SourceBars, bars: pd.DataFrame, meta: dict[str, Any], now: datetime
) -> None:
    """Refuse an answer to "everything" that begins long after the symbol's first trade."""
    seconds = meta.get("firstTradeDate")
    if not isinstance(seconds, int):
        return
    traded = pd.Timestamp(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
    earliest = pd.Timestamp(now) - pd.DateOffset(years=_YEARS_ASKED)
    due = max(traded, earliest.tz_convert("UTC")).tz_localize(None)
    first = bars.index[0]
    if first > due + _LATE_START:
        raise SchemaError(
            where,
            Defect.LATE_START,
            count=len(bars),
            first=first.date(),
            traded=due.date(),
        )
