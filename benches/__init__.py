"""callguard's benchmarks: ``script/bench NAME``; what they measure is in ``docs/benchmarks.md``."""
