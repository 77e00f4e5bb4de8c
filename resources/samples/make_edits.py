"""Make the edited copies among the sample photos, and the query, from the originals. Run it after changing one."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

SAMPLES = Path(__file__).parent
EDITED = SAMPLES / "photos" / "edited"
ORIENTATION = 0x0112
TURN_CLOCKWISE_TO_VIEW = 6


def original(name: str) -> Image.Image:
    """Return one of the original photos in RGB."""
    with Image.open(SAMPLES / "photos" / name) as photo:
        return photo.convert("RGB")


def part(photo: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    """Return the part of a photo between edges given as fractions of its size."""
    width, height = photo.size
    return photo.crop((int(left * width), int(top * height), int(right * width), int(bottom * height)))


def watermarked(photo: Image.Image, text: str) -> Image.Image:
    """Return a copy with a half transparent text across its middle."""
    layer = Image.new("RGBA", photo.size)
    font = ImageFont.load_default(size=photo.width // 9)
    middle = (photo.width // 2, photo.height // 2)
    ImageDraw.Draw(layer).text(middle, text, fill=(255, 255, 255, 140), font=font, anchor="mm")
    return Image.alpha_composite(photo.convert("RGBA"), layer).convert("RGB")


def save_turned(photo: Image.Image, file: Path) -> None:
    """Write the photo lying on its side, with the EXIF tag that tells a viewer to turn it upright."""
    exif = Image.Exif()
    exif[ORIENTATION] = TURN_CLOCKWISE_TO_VIEW
    photo.transpose(Image.Transpose.ROTATE_90).save(file, quality=80, exif=exif)


def main() -> None:
    """Write every edited copy and the query anew."""
    EDITED.mkdir(exist_ok=True)
    dogs = original("animals/dogs-at-the-window.jpg")
    dogs.thumbnail((1024, 1024))
    save_turned(dogs, EDITED / "dogs-turned.jpg")
    ImageOps.mirror(original("animals/bee-on-an-aster.jpg")).save(EDITED / "bee-mirrored.jpg", quality=80)
    ImageOps.grayscale(original("places/bridge-at-night.jpg")).save(EDITED / "bridge-black-and-white.jpg", quality=80)
    part(original("food/citrus-fruits.jpg"), 0.3, 0.2, 0.9, 0.9).save(EDITED / "citrus-cropped.webp", quality=80)
    original("places/pavilion.jpg").save(EDITED / "pavilion-low-quality.jpg", quality=8)
    watermarked(original("food/fig.jpg"), "SAMPLE").save(EDITED / "fig-watermarked.jpg", quality=80)
    ImageOps.expand(original("animals/raccoon.jpg"), 60, "white").save(EDITED / "raccoon-framed.jpg", quality=75)
    both_dogs = part(original("animals/dogs-at-the-window.jpg"), 0.26, 0.19, 0.74, 0.68)
    ImageEnhance.Color(ImageOps.mirror(both_dogs)).enhance(1.3).save(SAMPLES / "query.jpg", quality=85)


if __name__ == "__main__":
    main()
