"""The differences between two revisions of a task definition, as Markdown: 'image 1.0 → 1.1', 'environment + FOO'."""

from __future__ import annotations

import re

from colonnade.review.analysis.task_definitions import NamesDifference, RevisionDifference, ValueDifference
from colonnade.review.markdown.text import changed_value, code, plain

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
    field = f"{plain(_LABELS.get(difference.field, difference.field))} " if difference.field is not None else ""
    image = f", image {code(short_image(difference.image))}" if difference.image is not None else ""
    return f"{start}{field}{difference.what}{image}"


def short_image(image: str) -> str:
    """Return an image with its registry and a shortened digest."""
    return _DIGEST.sub(r"\1…", image)


def _value(difference: ValueDifference) -> str:
    before, after = difference.before, difference.after
    if difference.field == "image":
        return f"image {_images(before, after)}"
    if difference.field == "port":
        return f"port {plain(', '.join(before)) or 'none'} → {plain(', '.join(after)) or 'none'}"
    return f"{plain(_LABELS.get(difference.field, difference.field))} {changed_value(before, after)}"


def _images(old: str, new: str) -> str:
    """Return the two tags or digests if the repository is the same, else the two images.

    A registry is left out only if both images have it.
    """
    separator = "@" if "@" in old and "@" in new else ":"
    (repository, _, version), (other, _, other_version) = (image.rpartition(separator) for image in (old, new))
    if repository and repository == other:
        old, new = version, other_version
    elif old.rpartition("/")[0] == new.rpartition("/")[0]:
        old, new = old.rpartition("/")[2], new.rpartition("/")[2]
    shown, other_shown = short_image(old), short_image(new)
    # Digests may differ after the shortened part only.
    return changed_value(shown, other_shown) if shown != other_shown else changed_value(old, new)


def _names(difference: NamesDifference) -> str:
    added = [f"+ {code(name)}" for name in difference.added]
    removed = [f"- {code(name)}" for name in difference.removed]
    changed = [f"{code(name)} changed" for name in difference.changed]
    return ", ".join([*added, *removed, *changed])
