from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from core.images.decoder import decode
from tests.helpers.pictures.drawn import (
    BLUE,
    GREEN,
    RED,
    SRGB_BLUE,
    SRGB_GREEN,
    SRGB_RED,
    YELLOW,
    chunk,
    corners,
    encoded,
    grey_png,
    profile,
    quarters,
    with_orientation,
)

SWAPPED = profile(SRGB_GREEN, SRGB_RED, SRGB_BLUE)
"""A profile that swaps red and green."""

ADOBE = profile((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))
P3_RED, P3_GREEN, P3_BLUE = (0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841)
GREY = Image.linear_gradient("L").rotate(90)
"""256 x 256, black on the left and white on the right."""


def swapped(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    return colour[1], colour[0], colour[2]


def greys(data: bytes) -> list[int]:
    """Return the greys near the left edge, in the middle and near the right edge of a picture without colours."""
    pixels = np.asarray(decode(data, 256).image).astype(int)
    assert np.ptp(pixels, axis=2).max() <= 2
    width = pixels.shape[1]
    return [int(pixels[0, column, 0]) for column in (width // 8, width // 2, width * 7 // 8)]


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_embedded_colour_profile_is_applied(name: str) -> None:
    picture = decode(encoded(quarters(), name, icc_profile=SWAPPED), 32).image

    assert np.allclose(corners(picture), [swapped(colour) for colour in (RED, GREEN, BLUE, YELLOW)], atol=20)


def test_colours_of_a_wide_gamut_are_converted_to_srgb() -> None:
    data = encoded(Image.new("RGB", (8, 8), (120, 200, 120)), "PNG", icc_profile=ADOBE)

    red, green, blue = corners(decode(data, 8).image)[0]

    # The green of Adobe RGB is more saturated, so the same colour has less red in sRGB.
    assert red < 90
    assert green == pytest.approx(201, abs=4)
    assert blue == pytest.approx(117, abs=6)


@pytest.mark.parametrize(
    "wide",
    [
        profile(SRGB_RED, SRGB_GREEN, SRGB_BLUE, gamma=1.0, name="GIMP built-in Linear sRGB"),
        profile(P3_RED, P3_GREEN, P3_BLUE, name="DCI-P3 D65 Gamut with sRGB Transfer"),
    ],
    ids=["linear", "wide gamut"],
)
def test_profile_with_srgb_in_its_name_is_applied(wide: bytes) -> None:
    colour = corners(decode(encoded(Image.new("RGB", (8, 8), (120, 200, 120)), "PNG", icc_profile=wide), 8).image)[0]

    expected = ImageCms.profileToProfile(
        Image.new("RGB", (1, 1), (120, 200, 120)), io.BytesIO(wide), ImageCms.createProfile("sRGB")
    )
    assert expected is not None
    assert colour == expected.getpixel((0, 0))
    assert not np.allclose(colour, (120, 200, 120), atol=15)


@pytest.mark.parametrize(("gamma", "grey"), [(1.0, 188), (1 / 1.8, 146), (1 / 2.2, 128), (0.0, 128)])
def test_gamma_of_a_png_is_applied(gamma: float, grey: int) -> None:
    data = grey_png(1, 1, b"\0\x80", chunk(b"gAMA", struct.pack(">I", round(gamma * 100_000))))

    assert decode(data, 8).image.getpixel((0, 0)) == pytest.approx((grey, grey, grey), abs=1)


@pytest.mark.parametrize("tag", [chunk(b"sRGB", b"\0"), chunk(b"cICP", b"\1\x0d\0\1")])
def test_gamma_of_a_png_is_ignored_if_the_file_also_says_srgb(tag: bytes) -> None:
    data = grey_png(1, 1, b"\0\x80", chunk(b"gAMA", struct.pack(">I", 100_000)), tag)

    assert decode(data, 8).image.getpixel((0, 0)) == (128, 128, 128)


# The same greenish colour, given in each of the encodings.
CODED = [
    pytest.param(9, 13, (152, 195, 130), id="BT.2020"),
    pytest.param(12, 13, (139, 198, 128), id="Display P3"),
    pytest.param(1, 8, (48, 147, 48), id="linear"),
    pytest.param(9, 16, (118, 132, 110), id="PQ"),
]


@pytest.mark.parametrize(("primaries", "transfer", "coded"), CODED)
@pytest.mark.parametrize("name", ["PNG", "HEIF"])
def test_colour_codes_are_applied(name: str, primaries: int, transfer: int, coded: tuple[int, int, int]) -> None:
    image = Image.new("RGB", (64, 64), coded)
    if name == "PNG":
        plain = encoded(image)
        data = plain[:33] + chunk(b"cICP", bytes((primaries, transfer, 0, 1))) + plain[33:]
    else:
        data = encoded(image, name, quality=100, color_primaries=primaries, transfer_characteristics=transfer)

    assert corners(decode(data, 64).image)[0] == pytest.approx((120, 200, 120), abs=4)


def test_profile_of_a_palette_picture_is_applied() -> None:
    data = encoded(quarters().quantize(4), "PNG", icc_profile=SWAPPED)

    assert np.allclose(corners(decode(data, 32).image)[0], swapped(RED), atol=12)


@pytest.mark.parametrize("name", ["JPEG", "PNG"])
def test_profile_is_applied_to_a_shrunk_and_rotated_picture(name: str) -> None:
    picture = decode(with_orientation(quarters(640, 480), 6, name, icc_profile=SWAPPED), 16).image

    assert np.allclose(corners(picture), [swapped(colour) for colour in (RED, GREEN, BLUE, YELLOW)], atol=20)


@pytest.mark.parametrize(
    "broken", [b"junk", SWAPPED[:100], SWAPPED[:200], bytes(500), SWAPPED.replace(b"RGB XYZ ", b"CMYKLab ")]
)
def test_broken_profile_is_ignored(broken: bytes) -> None:
    picture = decode(encoded(quarters(), "PNG", icc_profile=broken), 32).image

    assert corners(picture) == corners(quarters())


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(SWAPPED) - 1), st.integers(0, 255)), max_size=8),
    st.integers(1, len(SWAPPED)),
)
def test_photo_with_any_damage_to_its_profile_is_read(changes: list[tuple[int, int]], length: int) -> None:
    damaged = bytearray(SWAPPED)
    for place, value in changes:
        damaged[place] = value

    picture = decode(encoded(quarters(16, 12), "PNG", icc_profile=bytes(damaged[:length])), 16)

    assert (picture.image.mode, picture.image.size) == ("RGB", (16, 12))


def test_rgb_profile_of_a_grey_picture_is_ignored() -> None:
    assert greys(encoded(GREY, "PNG", icc_profile=SWAPPED)) == greys(encoded(GREY))


def test_one_bit_pixels_become_black_and_white() -> None:
    assert greys(encoded(GREY.point(lambda value: 255 * (value > 100), "1"))) == [0, 255, 255]


@pytest.mark.parametrize("name", ["PNG", "TIFF", "JPEG", "GIF"])
def test_greys_are_unchanged(name: str) -> None:
    assert np.allclose(greys(encoded(GREY, name)), [32, 128, 224], atol=2)


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr"])
@pytest.mark.parametrize("name", ["TIFF", "JPEG"])
def test_cmyk_and_ycbcr_are_converted_to_rgb(mode: str, name: str) -> None:
    picture = decode(encoded(quarters().convert(mode), name), 32).image

    assert np.allclose(corners(picture), corners(quarters()), atol=12)


def test_lab_is_converted_to_rgb() -> None:
    to_lab = ImageCms.profileToProfile(
        quarters(), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert to_lab is not None

    assert np.allclose(corners(decode(encoded(to_lab, "TIFF"), 32).image), corners(quarters()), atol=8)


@pytest.mark.parametrize("name", ["PNG", "TIFF"])
def test_16_bit_greys_are_scaled_to_8_bits(name: str) -> None:
    image = Image.fromarray(np.asarray(GREY).astype(np.uint16) * 257)
    assert image.mode == "I;16"

    assert greys(encoded(image, name)) == [32, 128, 224]


def test_dark_16_bit_greys_stay_dark() -> None:
    image = Image.fromarray(np.asarray(GREY).astype(np.uint16))

    assert greys(encoded(image)) == [0, 0, 0]


def test_32_bit_greys_in_the_range_of_8_or_16_bits_are_read() -> None:
    values = np.asarray(GREY).astype(np.int32)

    assert greys(encoded(Image.fromarray(values), "TIFF")) == [32, 128, 224]
    assert greys(encoded(Image.fromarray(values * 257), "TIFF")) == [32, 128, 224]


@pytest.mark.parametrize("scale", [1.0, 1 / 255])
def test_floating_point_greys_up_to_1_or_255_are_read(scale: float) -> None:
    values = np.asarray(GREY).astype(np.float32) * scale

    assert np.allclose(greys(encoded(Image.fromarray(values), "TIFF")), [32, 128, 224], atol=1)


@pytest.mark.parametrize("odd", [1.5, 1e6, 3e38, -3e38, np.nan, np.inf, -np.inf])
def test_single_odd_value_in_floating_point_greys_changes_no_other(odd: float) -> None:
    values = np.asarray(GREY).astype(np.float32) / 255
    values[0, 0] = odd

    assert np.allclose(greys(encoded(Image.fromarray(values), "TIFF")), [32, 128, 224], atol=1)


def test_floating_point_greys_with_bright_highlights_are_not_black() -> None:
    values = np.asarray(GREY).astype(np.float32) / 255
    values[:, 230:] *= 4

    assert np.allclose(greys(encoded(Image.fromarray(values), "TIFF")), [8, 32, 56], atol=1)


@pytest.mark.parametrize("scale", [257.0, 1e6])
def test_floating_point_greys_above_255_are_read(scale: float) -> None:
    values = np.asarray(GREY).astype(np.float32) * np.float32(scale)

    assert np.allclose(greys(encoded(Image.fromarray(values), "TIFF")), [32, 128, 224], atol=3)


def test_nan_and_minus_infinity_become_black_and_infinity_white() -> None:
    values = np.full((8, 8), 128.0, np.float32)
    values[0, :3] = np.nan, -np.inf, np.inf

    pixels = np.asarray(decode(encoded(Image.fromarray(values), "TIFF"), 8).image)

    assert [int(pixel[0]) for pixel in pixels[0, :4]] == [0, 0, 255, 128]


def test_floating_point_picture_without_a_number_is_black() -> None:
    data = encoded(Image.fromarray(np.full((8, 8), np.nan, np.float32)), "TIFF")

    assert decode(data, 8).image.getextrema() == ((0, 0),) * 3


def half_transparent(mode: str) -> Image.Image:
    """Return a black picture whose left half is transparent."""
    alpha = Image.new("L", (16, 8), 255)
    alpha.paste(0, (0, 0, 8, 8))
    image = Image.new(mode, (16, 8))
    if mode == "PA":
        image.putpalette([0, 0, 0])
    image.putalpha(alpha)
    return image


def assert_left_half_is_white(data: bytes) -> None:
    pixels = np.asarray(decode(data, 8).image)
    assert pixels[4, 2].min() > 250
    assert pixels[4, 13].max() < 5


@pytest.mark.parametrize(
    ("mode", "name"),
    [("RGBA", name) for name in ("PNG", "WEBP", "TIFF", "HEIF", "AVIF", "ICO")]
    + [("LA", "PNG"), ("LA", "TIFF"), ("PA", "TIFF")],
)
def test_transparent_parts_become_white(mode: str, name: str) -> None:
    assert_left_half_is_white(encoded(half_transparent(mode), name))


@pytest.mark.parametrize("name", ["PNG", "GIF"])
def test_transparent_palette_colour_becomes_white(name: str) -> None:
    image = Image.new("P", (16, 8), 1)
    image.putpalette([255, 0, 0, 0, 0, 0])
    image.paste(0, (0, 0, 8, 8))

    assert_left_half_is_white(encoded(image, name, transparency=0))


@pytest.mark.parametrize(("depth", "rows"), [(8, b"\0\x00\xc0"), (1, b"\0\x40")])
def test_transparent_grey_becomes_white(depth: int, rows: bytes) -> None:
    picture = decode(grey_png(2, 1, rows, chunk(b"tRNS", b"\0\0"), depth=depth), 8).image

    assert picture.getpixel((0, 0)) == (255, 255, 255)


def test_half_transparent_black_becomes_grey() -> None:
    data = encoded(Image.new("RGBA", (8, 8), (0, 0, 0, 128)))

    assert np.allclose(corners(decode(data, 8).image)[0], 127, atol=1)
