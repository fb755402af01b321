"""Tests of rut_dash.facts."""
