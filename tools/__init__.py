"""Development tools: set-up, locks, benchmarks, checkov, actionlint and the fork of CDKTF."""
