"""Tests of rut_dash.market."""
