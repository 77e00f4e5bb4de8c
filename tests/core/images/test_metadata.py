from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin
from PIL.ExifTags import GPS, IFD, Base
from PIL.PngImagePlugin import PngImageFile, PngInfo

from core.images.decoder import decode
from core.images.formats import formats
from core.images.metadata import MOST_XMP, read_metadata
from core.types import Metadata
from tests.helpers.pictures.drawn import encoded, quarters

TAKEN = "2020:01:02 03:04:05"
SECONDS = 1_577_934_245
PLACE: dict[int, object] = {
    GPS.GPSLatitudeRef: "S",
    GPS.GPSLatitude: (33.0, 51.0, 30.0),
    GPS.GPSLongitudeRef: "E",
    GPS.GPSLongitude: (151.0, 12.0, 0.0),
}
COMPLETE = Metadata(SECONDS, 570, "Apple iPhone 12", -(33 + 51.5 / 60), 151.2)


def tags(
    main: dict[int, object] | None = None,
    photo: dict[int, object] | None = None,
    place: dict[int, object] | None = None,
) -> bytes:
    exif = Image.Exif()
    exif.update(main or {})
    exif.get_ifd(IFD.Exif).update(photo or {})
    exif.get_ifd(IFD.GPSInfo).update(place or {})
    return exif.tobytes()


def xmp(**properties: str) -> bytes:
    """Return a packet with properties as attributes. Their prefixes do not matter."""
    attributes = " ".join(f'x:{name}="{value}"' for name, value in properties.items())
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<r:Description r:about="" {attributes}/></r:RDF></x:xmpmeta>'
    ).encode()


def midnight(year: int, month: int = 1, day: int = 1) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp())


def read(data: bytes) -> Metadata:
    with Image.open(io.BytesIO(data), formats=formats()) as image:
        return read_metadata(image)


def picture(exif: bytes = b"", packet: bytes = b"") -> bytes:
    return encoded(quarters(), "JPEG", exif=exif, xmp=packet)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF"])
def test_everything_is_read_from_exif(name: str) -> None:
    exif = tags(
        {Base.Make: "Apple", Base.Model: "iPhone 12"},
        {Base.DateTimeOriginal: TAKEN, Base.OffsetTimeOriginal: "+09:30"},
        PLACE,
    )

    data = encoded(quarters(), name, exif=exif)

    for found in (read(data), decode(data, 16).metadata):
        assert (found.latitude, found.longitude) == pytest.approx((COMPLETE.latitude, COMPLETE.longitude))
        assert (found.taken_at, found.utc_offset, found.camera) == (SECONDS, 570, "Apple iPhone 12")


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF"])
def test_everything_is_read_from_xmp(name: str) -> None:
    packet = xmp(
        DateTimeOriginal="2020-01-02T03:04:05+09:30",
        Make="Apple",
        Model="iPhone 12",
        GPSLatitude="33,51.5S",
        GPSLongitude="151,12,0E",
    )
    directory, texts = TiffImagePlugin.ImageFileDirectory_v2(), PngInfo()
    directory[700] = packet
    texts.add_itxt("XML:com.adobe.xmp", packet.decode())
    options: dict[str, dict[str, object]] = {"TIFF": {"tiffinfo": directory}, "PNG": {"pnginfo": texts}}

    found = read(encoded(quarters(), name, **options.get(name, {"xmp": packet})))

    assert (found.latitude, found.longitude) == pytest.approx((COMPLETE.latitude, COMPLETE.longitude))
    assert (found.taken_at, found.utc_offset, found.camera) == (SECONDS, 570, "Apple iPhone 12")


def test_xmp_properties_may_be_elements_in_several_descriptions() -> None:
    packet = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
        <r:Description/><r:Description><x:Model> D70 </x:Model><x:History><r:Seq/></x:History></r:Description>
        <r:Description><x:DateCreated>1969-07-20</x:DateCreated></r:Description></r:RDF></x:xmpmeta>"""

    assert read(picture(packet=packet)) == Metadata(midnight(1969, 7, 20), camera="D70")


def test_xmp_needs_no_element_around_the_description() -> None:
    packet = xmp(Model="D70").partition(b'">')[2].removesuffix(b"</x:xmpmeta>")
    packet = packet.replace(b"<r:RDF ", b'<r:RDF xmlns:x="adobe:ns:meta/" ')
    assert packet.startswith(b"<r:RDF")

    assert read(picture(packet=packet)) == Metadata(camera="D70")


@pytest.mark.parametrize("is_cut", [False, True])
def test_a_png_without_tags_is_not_loaded_again_for_each_tag(monkeypatch: pytest.MonkeyPatch, is_cut: bool) -> None:
    data = encoded(quarters(640, 480))
    loads = 0
    real = PngImageFile.load

    def load(self: PngImageFile) -> object:
        nonlocal loads
        loads += 1
        return real(self)

    monkeypatch.setattr(PngImageFile, "load", load)

    assert read(data[:-200] if is_cut else data) == Metadata()

    assert loads <= 3, "once for each of the three directories"


@pytest.mark.parametrize(
    ("photo", "properties", "year"),
    [
        ({Base.DateTimeOriginal: "2001:01:01 00:00:00"}, {"DateTimeOriginal": "2002-01-01T00:00:00"}, 2001),
        ({Base.DateTimeDigitized: "2001:01:01 00:00:00"}, {"DateTimeOriginal": "2002-01-01T00:00:00"}, 2002),
        ({Base.DateTimeDigitized: "2001:01:01 00:00:00"}, {"DateCreated": "2002-01-01"}, 2002),
        ({Base.DateTimeDigitized: "2001:01:01 00:00:00"}, {"CreateDate": "2002-01-01T00:00"}, 2001),
        ({}, {"CreateDate": "2002-01-01T00:00:00.123456789"}, 2002),
        ({}, {"ModifyDate": "2002-01-01T00:00:00"}, None),
        ({}, {"DateTimeOriginal": "0001-01-01T00:00:00", "CreateDate": "2002-01-01"}, 2002),
        ({}, {"DateCreated": "2003", "CreateDate": "2002-01-01"}, 2002),
        ({}, {"DateCreated": "2003-W10", "CreateDate": "2002-01-01"}, 2002),
        ({Base.DateTimeOriginal: "0000:00:00 00:00:00"}, {"CreateDate": "2002-01-01"}, 2002),
        ({Base.DateTimeOriginal: "2001:01:01 00:00:00.50"}, {}, 2001),
    ],
)
def test_date_taken_comes_before_the_date_of_digitisation(
    photo: dict[int, object], properties: dict[str, str], year: int | None
) -> None:
    found = read(picture(tags(photo=photo), xmp(**properties)))

    assert found == Metadata(midnight(year) if year else None)


@pytest.mark.parametrize(
    ("offset", "minutes"), [("+02:00", 120), ("-03:30", -210), ("Z", 0), ("", None), ("   :  ", None)]
)
def test_time_zone_is_read_and_the_date_stays_in_local_time(offset: str, minutes: int | None) -> None:
    photo: dict[int, object] = {Base.DateTimeOriginal: TAKEN, Base.OffsetTimeOriginal: offset}

    assert read(picture(tags(photo=photo))) == Metadata(SECONDS, minutes)


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS 80D", "Canon EOS 80D"),
        ("NIKON CORPORATION", "NIKON D70", "NIKON D70"),
        ("Apple", "iPhone 12", "Apple iPhone 12"),
        ("Apple\0\0", "iPhone  12 \0", "Apple iPhone 12"),
        ("Apple", "", "Apple"),
        ("", "E-M5", "E-M5"),
        (" ", "\0garbage", None),
        ("", "x" * 5000, "x" * 100),
    ],
)
def test_camera_has_make_and_model_without_repetition(make: str, model: str, camera: str | None) -> None:
    assert read(picture(tags({Base.Make: make, Base.Model: model}))) == Metadata(camera=camera)


@pytest.mark.parametrize(
    "place",
    [
        {GPS.GPSLatitude: (91.0, 0.0, 0.0)},
        {GPS.GPSLongitude: (181.0, 0.0, 0.0)},
        {GPS.GPSLatitude: (1.0, 2.0)},
        {GPS.GPSLatitude: 5.0},
        {GPS.GPSLatitude: (TiffImagePlugin.IFDRational(0, 0), 0.0, 0.0)},
        {GPS.GPSLatitude: (0.0, 0.0, 0.0), GPS.GPSLongitude: (0.0, 0.0, 0.0)},
    ],
)
def test_impossible_place_is_left_out(place: dict[int, object]) -> None:
    assert read(picture(tags(place=PLACE | place))) == Metadata()


def test_picture_without_tags_has_no_metadata() -> None:
    assert read(picture()) == Metadata()


@pytest.mark.parametrize(
    "packet",
    [
        b"<not xml",
        xmp(CreateDate="2002-01-01") + b" " * MOST_XMP,
        xmp(CreateDate="yesterday", GPSLatitude="north", GPSLongitude="1,2,3,4E"),
        b"<x/>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
    ],
)
def test_damaged_xmp_is_ignored(packet: bytes) -> None:
    image = quarters()
    image.info["xmp"] = packet

    assert read_metadata(image) == Metadata()


@given(st.data())
def test_damaged_tags_never_fail(data: st.DataObject) -> None:
    complete = picture(
        tags({Base.Make: "Apple", Base.Model: "iPhone"}, {Base.DateTimeOriginal: TAKEN}, PLACE),
        xmp(CreateDate="2002-01-01"),
    )
    head = bytearray(complete)
    for _ in range(data.draw(st.integers(1, 8))):
        head[data.draw(st.integers(20, 900))] = data.draw(st.integers(0, 255))

    try:
        image = Image.open(io.BytesIO(head), formats=["JPEG"])
    except Exception:  # noqa: BLE001 - not this reader's task
        return
    with image:
        read_metadata(image)
