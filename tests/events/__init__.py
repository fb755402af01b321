"""Tests of rut_dash.events."""
