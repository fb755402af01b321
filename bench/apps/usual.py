"""The peer: the same figures as such a page is usually written.

The download is left out (the bars come from a folder or from the demo, read once), the rest is
what a tutorial does: everything worked out and built again at every rerun, over the whole
history, one ``add_vline`` for each event.
"""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from plotly.subplots import make_subplots

from rut_dash.events.catalogue import load_catalogue
from rut_dash.market.sources.demo import DemoSource
from rut_dash.market.sources.folder import FolderSource

PERIODS = {"1M": 21, "3M": 63, "6M": 126, "1Y": 252, "3Y": 756, "5Y": 1260}


@st.cache_data
def fetch(symbol: str) -> pd.DataFrame:
    """Stand for the download, which costs nothing here."""
    folder = os.environ.get("RUT_DASH_PRICES")
    source = FolderSource(Path(folder)) if folder else DemoSource()
    return source.fetch(symbol).bars


st.set_page_config(page_title="IWM against SPY", layout="wide")
fund = st.sidebar.selectbox("Fund", ["IWM", "SPY"])
window = st.sidebar.segmented_control("Window", [*PERIODS, "MAX"], default="MAX", key="window")
benchmark = "SPY" if fund == "IWM" else "IWM"
bars, other = fetch(fund), fetch(benchmark)
close = bars["close"]

st.title(f"{fund} against {benchmark}")
for column, (name, sessions) in zip(st.columns(len(PERIODS)), PERIODS.items(), strict=True):
    column.metric(name, f"{close.iloc[-1] / close.iloc[-1 - sessions] - 1:+.1%}")

delta = close.diff()
gain = delta.clip(lower=0).ewm(alpha=1 / 14, adjust=False).mean()
loss = (-delta.clip(upper=0)).ewm(alpha=1 / 14, adjust=False).mean()
rsi = 100 - 100 / (1 + gain / loss)
macd = close.ewm(span=12).mean() - close.ewm(span=26).mean()
middle, spread = close.rolling(20).mean(), close.rolling(20).std()

figure = make_subplots(rows=4, cols=1, shared_xaxes=True)
figure.add_trace(
    go.Candlestick(
        x=bars.index, open=bars["open"], high=bars["high"], low=bars["low"], close=close, name=fund
    ),
    row=1,
    col=1,
)
for row, name, line in (
    (1, "SMA 50", close.rolling(50).mean()),
    (1, "SMA 200", close.rolling(200).mean()),
    (1, "Upper band", middle + 2 * spread),
    (1, "Lower band", middle - 2 * spread),
    (2, "MACD", macd),
    (2, "Signal", macd.ewm(span=9).mean()),
    (3, "RSI", rsi),
    (4, "Ratio", close / other["close"]),
):
    figure.add_trace(go.Scatter(x=line.index, y=line, name=name), row=row, col=1)
for event in load_catalogue().events[-10:]:
    if pd.Timestamp(event.known_from) <= close.index[-1]:
        figure.add_vline(x=pd.Timestamp(event.date), row="all", annotation_text=event.short)
if window != "MAX":
    figure.update_xaxes(range=[close.index[-PERIODS[window]], close.index[-1]])
figure.update_layout(height=900, xaxis_rangeslider_visible=False)
st.plotly_chart(figure, key="prices")

table = pd.DataFrame(
    {name: [close.iloc[-1] / close.iloc[-1 - n] - 1] for name, n in PERIODS.items()}
)
st.dataframe(table)
