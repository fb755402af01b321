"""Tests of rut_dash.charts."""
