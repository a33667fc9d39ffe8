"""Stand-ins for images that were never pushed: marked in the plan, reported, and only where they are requested."""

from __future__ import annotations

import pytest

from colonnade.model.images.rules import is_pinned
from colonnade.model.images.stand_ins import STAND_IN, stand_in_warnings
from colonnade.model.resolve import resolve
from colonnade.model.resolved import Resolved
from colonnade.model.service.container import Sidecar
from tests.support.specs import deployment, environment, problems_raised, service

PUBLIC = "public.ecr.aws/shop/metrics"
DECLARED = deployment(
    service("orders", sidecars=(Sidecar(name="metrics", image=PUBLIC),)), service("users"), namespace=None
)
PINNED = {"users": "1.0.0"}


def planned(images: dict[str, str], name: str = "prod") -> Resolved:
    (found,) = resolve((DECLARED,), lambda: environment(name=name, images=images), stand_ins=True)
    return found


def images(found: Resolved, name: str) -> list[str]:
    containers = found.service(name).containers
    assert containers is not None
    return [each.image.rpartition("/")[2] for each in containers]


@pytest.mark.parametrize("name", ["prod", "sandbox"])
def test_only_an_image_that_is_not_pinned_has_the_stand_in_as_its_tag(name: str) -> None:
    found = planned(PINNED, name)

    assert images(found, "orders") == [f"colonnade-{name}-orders:not-pushed-yet", "metrics:not-pushed-yet"]
    assert images(found, "users") == [f"colonnade-{name}-users:1.0.0"]


def test_a_warning_names_the_service_the_environment_and_what_the_plan_shows() -> None:
    first, second = map(str, stand_in_warnings([planned(PINNED)]))

    assert first == (
        "warning: deployment 'shop', service 'orders': its image is not pinned in environment 'prod'; the plan shows "
        "'colonnade-prod-orders:not-pushed-yet' in its place [not-pushed-yet]\n"
        "    pin it before the apply, which refuses it: `colonnade images push`, or `colonnade images pin`"
    )
    assert "'metrics:not-pushed-yet'" in second
    assert list(stand_in_warnings([planned({**PINNED, "orders": "1.0.0", PUBLIC: "1.0.0"})])) == []


def test_without_stand_ins_and_for_a_movable_tag_the_image_is_refused() -> None:
    where = environment(images=PINNED)
    refused = problems_raised(lambda: resolve((DECLARED,), lambda: where))
    assert [problem.partition(" is not pinned")[0] for problem in refused] == [
        "deployment 'shop', service 'orders': image 'orders'",
        f"deployment 'shop', service 'orders': public image {PUBLIC!r}",
    ]
    (movable,) = problems_raised(lambda: planned({**PINNED, "orders": "latest", PUBLIC: "1.0.0"}))
    assert "has the movable tag 'latest'" in movable
    assert not is_pinned(STAND_IN)
