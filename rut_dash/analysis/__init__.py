"""Pure functions on price series: frames in, frames out; no I/O, no Streamlit, no Plotly.

Definitions, the same in every figure, table, sentence and export
------------------------------------------------------------------
As-of
    Prices, dividends and splits after it are dropped before anything is computed
    (:meth:`rut_dash.market.history.PriceHistory.as_of`). Cutting after computing on the full
    history is for display windows only. The last session is the as-of of every figure.
Basis
    *Price*: the split-adjusted close. *Total return*: dividends reinvested, computed from
    the dividends, equal to the raw close on the last bar. Returns, the high, drawdown,
    averages, MACD, RSI and the ratio follow the basis; ``close`` is the raw close on both.
Return
    Simple, a fraction. Over a period it starts from the last session on or before the
    calendar date that the period reaches back to; YTD from the last session of the previous
    calendar year; 1Y from the same date a year earlier; since an event from the anchor
    session that :func:`rut_dash.events.catalogue.anchor_session` gives.
High
    The highest close to date, on its first session where there are ties. Drawdown is the
    close against it.
Volatility
    Standard deviation (ddof 1) of the last 252 daily returns, times the square root of 252.
Beta, correlation
    Covariance over variance, and correlation, of the last 252 daily returns on the
    sessions that both legs have.
Ratio
    Fund over benchmark on the sessions that both have. Its percentile is the share of all
    common sessions to date with a ratio at or below today's, today included.
Excess
    Fund less benchmark: the difference of the two returns.
Averages, MACD, RSI
    Seeded as TA-Lib seeds them: the first EMA is an SMA.
Weekly bars
    End on Friday, are labelled by their last session, and include the unfinished week.

A symbol's own figures use its whole history; what compares two uses their common sessions.
"""
