"""Dashboards: what happened in a period, as charts with a table under each."""
