"""Benchmarks: ratios against a peer in the same run. Not part of the tests; see `make bench`."""
