"""Frames to Plotly figures; no statistic is computed here."""
