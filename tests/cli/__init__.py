"""Tests of rut_dash.cli."""
