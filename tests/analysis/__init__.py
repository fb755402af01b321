"""Tests of rut_dash.analysis."""
