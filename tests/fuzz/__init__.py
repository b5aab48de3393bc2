"""Fuzzing of the reader: `make fuzz`. Findings are kept in `findings/` and replayed by the tests."""
