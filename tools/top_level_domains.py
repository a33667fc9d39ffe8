"""Public top-level domains, generated from the Public Suffix List: `python -m tools.top_level_domains FILE`.

FILE is the list as https://publicsuffix.org/list/public_suffix_list.dat has it. Its ICANN section holds every top-level
domain of IANA's root zone: https://www.iana.org/domains.
"""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path
from typing import Final

TARGET: Final = Path(__file__).parent.parent / "colonnade" / "model" / "network" / "top_level_domains.py"
_MODULE: Final = '''"""Public top-level domains, written by `python -m tools.top_level_domains`.

Source: the ICANN section of the Public Suffix List, version {version}, https://publicsuffix.org/list.
"""

from __future__ import annotations

_NAMES = """
{names}
"""
TOP_LEVEL_DOMAINS = frozenset(_NAMES.split())
'''


def module(suffixes: str) -> str:
    """Return the text of the module for a Public Suffix List."""
    (version,) = re.findall(r"^// VERSION: (\S+)$", suffixes, re.MULTILINE)
    section = suffixes.partition("===BEGIN ICANN DOMAINS===")[2].partition("// ===END ICANN DOMAINS===")[0]
    rules = (line.strip() for line in section.splitlines() if line.strip() and not line.startswith("//"))
    names = sorted({rule.rpartition(".")[2].encode("idna").decode() for rule in rules})
    return _MODULE.format(version=version, names=textwrap.fill(" ".join(names), 120, break_on_hyphens=False))


def main(file: str) -> int:
    """Write the module from the list in `file`; return 0."""
    TARGET.write_text(module(Path(file).read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
