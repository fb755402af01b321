"""Tests of rut_dash.claims."""
