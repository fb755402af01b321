"""Pure functions on price series: frames in, frames out; no I/O, no Streamlit, no Plotly.

Definitions are in docs/definitions.md. The basis and the as-of are decided before: every
function gets the whole history up to the as-of, and display windows are cut afterwards.
"""
