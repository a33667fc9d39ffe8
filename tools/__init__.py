"""The workshop: set-up, locks, benchmarks, checkov, actionlint and the fork of CDKTF."""
