"""The document of pinned images: pins are read as they were written, and faults are reported."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.model.environment.document import parse
from colonnade.model.errors import unknown_key
from colonnade.model.images.pins import ImagePin, ImagePins, pins_text, read_pins
from colonnade.model.naming import label_fault
from tests.support.specs import problems_raised
from tests.support.toml_documents import document

DIGEST = f"sha256:{'0123456789abcdef' * 4}"
REGISTRY = "999988887777.dkr.ecr.eu-west-1.amazonaws.com"
PINS: dict[str, Any] = {"registry": REGISTRY, "images": {"users": {"tag": "3f2a9c1b0d4e", "digest": DIGEST}}}

_PINS = st.builds(
    ImagePin,
    tag=st.none() | st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,12}", fullmatch=True),
    digest=st.binary(min_size=32, max_size=32).map(lambda content: f"sha256:{content.hex()}"),
)
_NAMES = st.from_regex(r"([a-z]+\.[a-z]{2}/)?[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,3})?", fullmatch=True)
_IMAGES = st.dictionaries(_NAMES, _PINS, max_size=5)


@given(_IMAGES)
def test_pins_are_read_as_they_were_written(images: dict[str, ImagePin]) -> None:
    pins = ImagePins(registry=REGISTRY, images=images)

    assert read_pins(tomllib.loads(pins_text(pins, environment="prod"))) == (pins, ())


@given(_IMAGES)
def test_the_text_does_not_depend_on_the_order_of_the_pushes(images: dict[str, ImagePin]) -> None:
    there, back = dict(images.items()), dict(reversed(images.items()))

    assert pins_text(ImagePins(registry=REGISTRY, images=there), environment="prod") == pins_text(
        ImagePins(registry=REGISTRY, images=back), environment="prod"
    )


def test_a_public_image_is_pinned_whatever_the_registry_of_the_file_is() -> None:
    images = {"public.ecr.aws/shop/web": {"digest": DIGEST}, "users": {"tag": "1", "digest": DIGEST}}
    pins, faults = read_pins({"registry": "elsewhere.example.com", "images": images})

    assert faults == ()
    assert set(pins.of("elsewhere.example.com")) == set(images)
    assert set(pins.of(REGISTRY)) == {"public.ecr.aws/shop/web"}
    assert f'"public.ecr.aws/shop/web" = {{ digest = "{DIGEST}" }}\n' in pins_text(pins, environment="prod")


def test_each_pin_is_one_line_and_the_first_line_names_the_command() -> None:
    pins, _ = read_pins(PINS)

    assert pins_text(pins, environment="prod").splitlines() == [
        "# The images of environment prod. Written by `colonnade images push` and `colonnade images pin`.",
        f'registry = "{REGISTRY}"',
        "",
        "[images]",
        f'users = {{ tag = "3f2a9c1b0d4e", digest = "{DIGEST}" }}',
    ]


def test_pins_are_merged_with_the_tags_of_the_environments_document() -> None:
    assert parse("colonnade", "dev", document(), pins=PINS).images == {"orders": "1.0.0", "users": DIGEST}


def test_pins_of_another_registry_are_ignored() -> None:
    elsewhere = {**PINS, "registry": REGISTRY.replace("9", "1")}

    assert parse("colonnade", "dev", document(), pins=elsewhere).images == {"orders": "1.0.0"}


def test_an_image_that_has_both_a_tag_and_a_pin_is_refused() -> None:
    both = {**PINS, "images": {"orders": PINS["images"]["users"]}}

    assert problems_raised(lambda: parse("colonnade", "dev", document(), pins=both)) == [
        "environment 'dev': image 'orders' is in [images] and pinned in dev.images.toml\n    remove one of the two"
    ]


@pytest.mark.parametrize(
    ("pins", "problem"),
    [
        ({"images": {}}, "registry is not set"),
        ({**PINS, "image": 1}, unknown_key("image", "").message),
        ({**PINS, "images": 1}, "images 1 is not a table"),
        ({**PINS, "images": {"users": DIGEST}}, f"images.users {DIGEST!r} is not a pin"),
        ({**PINS, "images": {"users": {"tag": "1"}}}, "images.users {'tag': '1'} is not a pin"),
        (
            {**PINS, "images": {"users": {"tag": "1", "digest": "sha256:1"}}},
            "images.users: 'sha256:1' is not an image's digest",
        ),
        ({**PINS, "images": {"users": {"tag": "a:b", "digest": DIGEST}}}, "images.users: 'a:b' is not an image's tag"),
        ({**PINS, "images": {"users": {"tag": 1, "digest": DIGEST}}}, "images.users: 1 is not an image's tag"),
        (
            {**PINS, "images": {"Users": PINS["images"]["users"]}},
            str(label_fault("images: the name", "Users")).splitlines()[0],
        ),
    ],
)
def test_an_invalid_pin_is_refused_with_the_name_of_its_file(pins: dict[str, Any], problem: str) -> None:
    (found,) = problems_raised(lambda: parse("colonnade", "dev", document(), pins=pins))

    assert found.splitlines()[0] == f"environment 'dev': dev.images.toml: {problem}"


def test_problems_of_the_pins_and_of_the_document_are_reported_together() -> None:
    found = problems_raised(lambda: parse("colonnade", "dev", {**document(), "region": "nowhere"}, pins={"images": 1}))

    assert len(found) == 3
