"""rut_dash: how the Russell 2000 stands against the S&P 500, since when, and why.

The packages, from the inside out: :mod:`rut_dash.market` (price histories and where they come
from), :mod:`rut_dash.analysis` (pure functions on them), :mod:`rut_dash.events` (dated events),
:mod:`rut_dash.claims` (market commentary against prices), :mod:`rut_dash.charts` (figures),
:mod:`rut_dash.ui` (what the Streamlit pages share).
"""

__version__ = "0.1.0"
