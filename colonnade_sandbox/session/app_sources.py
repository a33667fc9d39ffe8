"""The services that an edited file of `service_apps` concerns: effective command of a container -> source -> services.

A file within the source of one or more commands concerns their services. Any other file is shared: it concerns every
service whose source is beside it or in a folder below, for `service_apps/kit` all of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

from colonnade_sandbox.control_plane.snapshot import EcsService
from colonnade_sandbox.tasks.image_catalog import ImageCatalog, ImageCatalogError


def edited(
    services: Sequence[EcsService], images: ImageCatalog, paths: Sequence[Path], root: Path
) -> tuple[EcsService, ...]:
    """Return the services whose app has been edited, in their order; `root` is the project's folder."""
    sources = {service.arn: _sources(service, images, root) for service in services}
    concerned = {arn for path in paths for arn in _concerned(path, sources, root)}
    return tuple(service for service in services if service.arn in concerned)


def _concerned(path: Path, sources: Mapping[str, Sequence[Path]], root: Path) -> set[str]:
    owners = {arn for arn, found in sources.items() if any(path.is_relative_to(source) for source in found)}
    if owners:
        return owners
    for folder in path.parents:
        below = {arn for arn, found in sources.items() if any(source.is_relative_to(folder) for source in found)}
        if below or folder == root:
            return below
    return set()


def _sources(service: EcsService, images: ImageCatalog, root: Path) -> tuple[Path, ...]:
    """Return the file or the folder that each container's command executes, if it is in the project."""
    found = []
    for container in service.task_definition.containers:
        try:
            command = images.command(container.image, entry_point=container.entry_point, command=container.command)
        except ImageCatalogError:
            continue
        for before, word in itertools.pairwise(command):
            place = root / (word.replace(".", "/") if before == "-m" else word)
            candidates = (place, place.with_suffix(".py")) if before == "-m" else (place,)
            found += [each for each in candidates if each.exists() and root in each.parents]
    return tuple(found)
