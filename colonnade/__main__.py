"""Entry point of `python -m colonnade`, for use when the virtual environment's programs are not on PATH."""

from __future__ import annotations

from colonnade.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
