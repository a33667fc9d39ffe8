"""The differences between two revisions of a task definition, as Markdown: 'image 1.0 → 1.1', 'environment + FOO'."""

from __future__ import annotations

import re

from colonnade.review.analysis.task_definitions import NamesDifference, RevisionDifference, ValueDifference
from colonnade.review.markdown.text import code

_LABELS = {
    "cpu": "CPU units",
    "memory": "MiB",
    "execution_role_arn": "execution role",
    "task_role_arn": "task role",
    "network_mode": "network mode",
    "volume": "volumes",
    "ephemeral_storage": "ephemeral storage",
}
"""Labels of the task's arguments. Any other field is shown under its own name."""
_DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]+")


def revision_line(difference: RevisionDifference) -> str:
    """Return one difference as Markdown."""
    start = f"container {code(difference.container)}: " if difference.container is not None else ""
    if isinstance(difference, ValueDifference):
        return f"{start}{_value(difference)}"
    if isinstance(difference, NamesDifference):
        return f"{start}{difference.field} {_names(difference)}"
    return (
        f"{start}{difference.field} {difference.what}" if difference.field is not None else f"{start}{difference.what}"
    )


def short_image(image: str) -> str:
    """Return an image without registry and path, and with a shortened digest."""
    return _short(image.rpartition("/")[2])


def _value(difference: ValueDifference) -> str:
    before, after = difference.before, difference.after
    if difference.field == "image":
        return f"image {_images(before, after)}"
    if difference.field == "port":
        return f"port {', '.join(before) or 'none'} → {', '.join(after) or 'none'}"
    return f"{_LABELS.get(difference.field, difference.field)} {code(before)} → {code(after)}"


def _images(old: str, new: str) -> str:
    """Return the two tags or digests if the repository is the same, else the two images without their registries."""
    separator = "@" if "@" in old and "@" in new else ":"
    (repository, _, version), (other, _, other_version) = (image.rpartition(separator) for image in (old, new))
    if repository and repository == other:
        return f"{code(_short(version))} → {code(_short(other_version))}"
    return f"{code(short_image(old))} → {code(short_image(new))}"


def _short(version: str) -> str:
    return _DIGEST.sub(r"\1…", version)


def _names(difference: NamesDifference) -> str:
    added = [f"+ {code(name)}" for name in difference.added]
    removed = [f"- {code(name)}" for name in difference.removed]
    changed = [f"{code(name)} changed" for name in difference.changed]
    return ", ".join([*added, *removed, *changed])
