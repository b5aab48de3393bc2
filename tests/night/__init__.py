"""Scripted nights at the triage desk: mail whose incidents are known, to measure grouping by."""
