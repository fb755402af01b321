"""Pure functions on price series: frames in, frames out; no I/O, no Streamlit, no Plotly."""
