"""`python -m colonnade`: the command `colonnade` where the virtual environment's programs are not on PATH."""

from __future__ import annotations

from colonnade.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
