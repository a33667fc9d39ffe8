"""The rules for images: any tag in the sandbox, a pin in other environments, and one architecture per image."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.model.check import check
from colonnade.model.images.rules import image_reference, is_digest, is_pinned
from tests.support.specs import deployment, environment, problems_of, problems_raised, resolved, service

DIGEST = f"sha256:{'0123456789abcdef' * 4}"


def test_in_the_sandbox_a_service_without_a_tag_is_refused_with_a_suggestion() -> None:
    assert problems_of(deployment(service("orders")), environment(name="sandbox", images={"order": "1"})) == [
        "deployment 'shop', service 'orders': image 'orders' has no tag in environment 'sandbox'\n"
        "    add `orders = \"TAG\"` to its [images]; did you mean 'order'? images with a tag: order"
    ]


def test_in_the_sandbox_a_public_image_without_a_tag_is_refused_with_the_line_to_write() -> None:
    declared = deployment(service(public_image="registry.example.com/a/hello"))

    assert problems_of(declared, environment(name="sandbox", images={"registry.example.com/b/hello": "1"})) == [
        "deployment 'shop', service 'orders': public image 'registry.example.com/a/hello' has no tag in environment "
        '\'sandbox\'\n    add `"registry.example.com/a/hello" = "TAG"` to its [images]'
    ]


def test_outside_the_sandbox_all_images_without_a_pin_are_refused_with_the_commands_that_pin_them() -> None:
    declared = deployment(
        service("orders"),
        service("users", image_name="people"),
        service("hello", public_image="registry.example.com/a/hello"),
        service("fine"),
    )
    images = {"people": "latest", "registry.example.com/a/hello": "stable", "fine": DIGEST}

    assert problems_of(declared, environment(images=images)) == [
        "deployment 'shop', service 'orders': image 'orders' is not pinned in environment 'test'\n"
        "    run `colonnade images build orders` and `colonnade images push orders -e test`, which pins it in "
        "environments/test.images.toml",
        "deployment 'shop', service 'users': image 'people' has the movable tag 'latest' in environment 'test'\n"
        "    remove it from [images] in environments/test.toml, then run `colonnade images build people` and "
        "`colonnade images push people -e test`, which pins it in environments/test.images.toml",
        "deployment 'shop', service 'hello': public image 'registry.example.com/a/hello' has the movable tag "
        "'stable' in environment 'test'\n"
        "    remove it from [images] in environments/test.toml, then run "
        "`colonnade images pin registry.example.com/a/hello registry.example.com/a/hello:TAG -e test`, or "
        'give its version in [images] of environments/test.toml: `"registry.example.com/a/hello" = "1.0.0"`',
    ]


def test_a_public_image_without_any_tag_is_refused_with_the_line_to_write() -> None:
    declared = deployment(service("hello", public_image="registry.example.com/a/hello"))

    assert problems_of(declared, environment(images={})) == [
        "deployment 'shop', service 'hello': public image 'registry.example.com/a/hello' is not pinned in "
        "environment 'test'\n"
        "    run `colonnade images pin registry.example.com/a/hello registry.example.com/a/hello:TAG -e test`, or "
        'give its version in [images] of environments/test.toml: `"registry.example.com/a/hello" = "1.0.0"`'
    ]


@pytest.mark.parametrize(
    "version",
    [
        *("1.0.0", "v1.0.0", "3.12.11-slim-bookworm", "10.20.30_rc.1"),
        *("3f2a9c1", "3f2a9c1b0d4e", "0123456789abcdef0123456789abcdef01234567", "3f2a9c1b0d4e-dirty-01234567"),
        DIGEST,
    ],
)
def test_a_digest_a_full_version_and_a_git_revision_are_pins(version: str) -> None:
    assert is_pinned(version)


@pytest.mark.parametrize(
    "version",
    ["latest", "stable", "main", "prod", "1", "1.2", "v1", "3.12-slim", "nightly-2026", "3f2a9c", "3F2A9C1", "1.0.x"],
)
def test_a_movable_tag_is_not_a_pin(version: str) -> None:
    assert not is_pinned(version)


@given(st.from_regex(r"[g-zG-Z_][A-Za-z0-9_-]{0,20}", fullmatch=True).filter(lambda tag: tag[0] != "v"))
def test_a_word_is_not_a_pin(word: str) -> None:
    assert not is_pinned(word)


@given(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", fullmatch=True))
def test_a_tag_is_not_a_digest(tag: str) -> None:
    assert not is_digest(tag)
    assert image_reference("registry/name", tag) == f"registry/name:{tag}"


def test_a_pinned_image_is_pulled_by_its_digest() -> None:
    orders = service("orders")
    found = resolved(deployment(orders), environment(images={"orders": DIGEST})).service("orders")
    (container,) = json.loads(found.container_definitions or "")

    assert (
        found.image
        == container["image"]
        == f"999988887777.dkr.ecr.eu-west-1.amazonaws.com/colonnade-test-orders@{DIGEST}"
    )


def test_an_image_that_services_of_two_deployments_run_on_two_architectures_is_refused() -> None:
    one = deployment(service("orders"))
    other = deployment(service("clone", image_name="orders", architecture="ARM64"), name="second", subdomain="second")

    assert problems_raised(lambda: check([one, other], lambda: environment(service("orders")))) == [
        "deployment 'second', service 'clone': image 'orders' runs on ARM64 here, but on X86_64 in deployment "
        "'shop', service 'orders'\n"
        "    give both the same architecture, or one of them an image_name of its own"
    ]


def test_a_public_image_may_run_on_both_architectures() -> None:
    image = "registry.example.com/a/hello"
    both = service("one", public_image=image), service("two", public_image=image, architecture="ARM64")

    assert problems_of(deployment(*both)) == []


def test_images_of_one_last_word_are_pinned_apart() -> None:
    one, other = "docker.io/library/web", "ghcr.io/acme/web"
    services = service("web"), service("one", public_image=one), service("other", public_image=other)
    found = resolved(deployment(*services), environment(images={"web": DIGEST, one: "1.0.0", other: "2.0.0"}))

    assert [each.image for each in found.services] == [
        f"999988887777.dkr.ecr.eu-west-1.amazonaws.com/colonnade-test-web@{DIGEST}",
        f"{one}:1.0.0",
        f"{other}:2.0.0",
    ]


def test_a_public_image_that_is_too_long_with_its_digest_is_refused() -> None:
    fits, long = (f"ghcr.io/{'a' * (length - len('ghcr.io/'))}" for length in (183, 184))

    assert problems_of(deployment(service(public_image=fits)), environment(images={fits: DIGEST})) == []
    (problem,) = problems_of(deployment(service(public_image=long)), environment(images={long: DIGEST}))
    assert "has 256 characters; ECS allows 255" in problem


def test_a_public_image_that_is_too_long_without_a_digest_gets_no_advice_to_pin_it() -> None:
    (problem,) = problems_of(deployment(service(public_image=f"ghcr.io/{'a' * 263}")), environment(images={}))
    assert "has 271 characters; ECS allows 255" in problem


@pytest.mark.parametrize("image", ["111122223333.dkr-ecr.eu-west-1.on.aws/hello", "registry.acme.dev:5000/hello"])
def test_a_public_image_that_cannot_be_pulled_gets_no_advice_to_pin_it(image: str) -> None:
    (problem,) = problems_of(deployment(service(public_image=image)), environment(images={}))
    assert "pin" not in problem
