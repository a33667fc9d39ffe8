"""A typed page: its blocks are found, and what differs from run to run is left out of the comparison."""

from __future__ import annotations

from tests.support.page import blocks, comparable

PAGE = """
Create `deployments/shop.py`:

```python
a = 1
```

```console
$ colonnade check
No problems
$ git add -A
```
"""


def test_a_block_has_the_line_before_it_its_files_and_its_commands() -> None:
    file, console = blocks(PAGE)
    assert (file.paths, file.text) == (["deployments/shop.py"], "a = 1\n")
    assert console.commands == ["colonnade check", "git add -A"]


def test_times_ports_and_heartbeats_do_not_count_and_all_else_does() -> None:
    heartbeats = "  Planning the change: shop, 12 s\n  waiting: aws_lb.a creating for 20 s\n"
    assert comparable(f"{heartbeats}Applying: 3 resources, 5 s\nhttp://a:40123/\n") == comparable(
        "Applying: 3 resources, 61 s\nhttp://a:1234/\n"
    )
    assert comparable("3 resources") != comparable("4 resources")
