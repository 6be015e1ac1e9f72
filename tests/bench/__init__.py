"""Benchmarks, by `make bench`: they print numbers, and judge nothing."""
