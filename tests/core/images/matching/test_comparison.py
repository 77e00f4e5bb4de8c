from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

from core.images.matching.comparison import CERTAIN, Comparison, compare
from core.images.matching.local_features import LocalFeatures
from core.types import Box, Edit, MatchKind
from tests.helpers.checkout import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PHOTOS = [SAMPLES / name for name in ("animals/raccoon.jpg", "places/pavilion.jpg")]


def opened(file: Path) -> Image.Image:
    with Image.open(file) as image:
        return image.convert("RGB")


@cache
def features_of(file: Path) -> LocalFeatures:
    return LocalFeatures.of(opened(file))


def compared(query: Image.Image, photo: Image.Image, *, tries_mirrored: bool = True) -> Comparison:
    return compare(LocalFeatures.of(query), LocalFeatures.of(photo), tries_mirrored=tries_mirrored)


def cropped(image: Image.Image) -> Image.Image:
    width, height = image.size
    return image.crop((width // 4, 0, width, height * 3 // 4))


def framed(image: Image.Image) -> Image.Image:
    return ImageOps.expand(image, image.width // 4, "white")


def beside_another(image: Image.Image) -> Image.Image:
    collage = Image.new("RGB", (image.width * 2, image.height))
    collage.paste(image)
    collage.paste(np_noise(image.size), (image.width, 0))
    return collage


def np_noise(size: tuple[int, int]) -> Image.Image:
    patches = np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8)
    return Image.fromarray(patches).resize(size, Image.Resampling.NEAREST)


def seen_from_the_side(image: Image.Image) -> Image.Image:
    """Return a picture as another camera would see it."""
    width, height = image.size
    corners = (0, height * 0.12, 0, height * 0.88, width, height, width, 0)
    return image.transform(image.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC)


EDITS: dict[str, tuple[Callable[[Image.Image], Image.Image], set[Edit]]] = {
    "smaller": (lambda image: image.reduce(3), set()),
    "upright to sideways": (lambda image: image.rotate(-90, expand=True), {Edit.TURNED}),
    "level to oblique": (lambda image: image.rotate(8), {Edit.TURNED}),
    "left to right": (ImageOps.mirror, {Edit.MIRRORED}),
    "upside down": (ImageOps.flip, {Edit.MIRRORED, Edit.TURNED}),
    "brighter": (lambda image: ImageEnhance.Brightness(image).enhance(1.6), {Edit.RECOLOURED}),
    "pale": (lambda image: ImageEnhance.Contrast(image).enhance(0.4), {Edit.RECOLOURED}),
    "cropped": (cropped, {Edit.CROPPED}),
    "framed": (framed, {Edit.FRAMED}),
    "collage": (beside_another, {Edit.FRAMED}),
    "cropped and mirrored": (lambda image: ImageOps.mirror(cropped(image)), {Edit.CROPPED, Edit.MIRRORED}),
}


@pytest.mark.parametrize("file", PHOTOS, ids=lambda file: file.stem)
@pytest.mark.parametrize("name", EDITS)
def test_edits_of_a_picture_are_recognised_whichever_is_the_query(file: Path, name: str) -> None:
    edit, expected = EDITS[name]
    photo, edited = features_of(file), LocalFeatures.of(edit(opened(file)))
    for query, other in ((edited, photo), (photo, edited)):
        shared = compare(query, other, tries_mirrored=True).shared

        assert shared
        assert shared.kind is MatchKind.SAME_PICTURE
        assert set(shared.edits) == expected


def assert_close(box: Box, *expected: float) -> None:
    assert (box.left, box.top, box.width, box.height) == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize("mirror", [False, True])
def test_regions_say_where_a_part_lies_in_the_picture(mirror: bool) -> None:
    photo = opened(PHOTOS[0])
    part = ImageOps.mirror(cropped(photo)) if mirror else cropped(photo)

    in_photo, in_part = compared(part, photo).shared, compared(photo, part).shared

    assert in_photo
    assert_close(in_photo.query_region, 0, 0, 1, 1)
    assert_close(in_photo.region, 0.25, 0, 0.75, 0.75)
    assert in_part
    assert_close(in_part.query_region, 0.25, 0, 0.75, 0.75)
    assert_close(in_part.region, 0, 0, 1, 1)


def test_query_region_of_a_mirrored_picture_is_that_of_the_query_itself() -> None:
    photo = opened(PHOTOS[0])
    wide = Image.new("RGB", (photo.width * 2, photo.height), "white")
    wide.paste(ImageOps.mirror(photo))

    shared = compared(wide, photo).shared

    assert shared
    assert_close(shared.query_region, 0, 0, 0.5, 1)


def test_mirror_image_is_only_found_if_it_is_tried() -> None:
    photo = opened(PHOTOS[0])

    assert compared(ImageOps.mirror(photo), photo, tries_mirrored=False).shared is None


@pytest.mark.parametrize("file", PHOTOS, ids=lambda file: file.stem)
def test_another_view_of_the_same_scene_is_the_same_place(file: Path) -> None:
    photo = opened(file)

    comparison = compared(seen_from_the_side(photo), photo)

    assert comparison.shared
    assert comparison.shared.kind is MatchKind.SAME_PLACE
    assert comparison.shared.edits == ()
    assert comparison.inliers == comparison.shared.inliers >= CERTAIN


def test_different_photos_share_nothing() -> None:
    photos = [features_of(file) for file in PHOTOS]

    for query in photos:
        others = [photo for photo in photos if photo is not query]
        assert all(compare(query, other, tries_mirrored=True).shared is None for other in others)


def with_a_caption(image: Image.Image) -> Image.Image:
    image = image.resize((1200, 900))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 780, 1200, 900), fill="white")
    draw.text((20, 795), "Holiday slideshow 2024  www.example.org", fill="black", font=ImageFont.load_default(60))
    return image


def in_a_program(image: Image.Image) -> Image.Image:
    """Return a picture as a phone shows it between its words and buttons."""
    screen = Image.new("RGB", (1080, 2000))
    screen.paste(image.resize((1080, 810)), (0, 560))
    draw = ImageDraw.Draw(screen)
    for place, text in (((40, 20), "12:41   LTE  87%"), ((40, 120), "Photos   Albums   Shared   Library")):
        draw.text(place, text, fill="white", font=ImageFont.load_default(52))
    for left, text in ((40, "Share"), (300, "Edit"), (560, "Lens"), (820, "Delete")):
        draw.text((left, 1880), text, fill="white", font=ImageFont.load_default(52))
    return screen


def test_different_photos_with_the_same_caption_share_nothing() -> None:
    query, photo = (with_a_caption(opened(file)) for file in PHOTOS)

    assert compared(query, photo) == Comparison(0, None)


def test_different_photos_in_the_same_program_are_not_the_same_picture() -> None:
    query, photo = (in_a_program(opened(file)) for file in PHOTOS)

    shared = compared(query, photo).shared

    assert shared is None or shared.kind is MatchKind.SAME_PLACE
    same = compared(query, opened(PHOTOS[0])).shared
    assert same
    assert same.edits == (Edit.FRAMED,)


def test_narrow_strip_of_a_panorama_is_not_recoloured_by_its_turn() -> None:
    photo = opened(PHOTOS[0]).resize((1280, 870))
    strip = photo.crop((0, 300, 1280, 300 + 4 * 36))  # of 48 x 5.4 small pixels

    shared = compared(strip.rotate(90, expand=True), strip).shared

    assert shared
    assert shared.edits == (Edit.TURNED,)
