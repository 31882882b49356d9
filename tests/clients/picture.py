"""A photo as a telephone takes it: lying on its side, with a note which way is up."""

import io

from PIL import Image

ORIENTATION = 0x0112
RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 30), (30, 30, 220), (240, 240, 240)


def photo(path, width=400, height=640):
    """Writes a JPEG that is `width` by `height` once it is turned as it says. Turned so, its corners
    are red, green, blue and white, beginning top left and reading as one reads."""
    upright = Image.new("RGB", (width, height), RED)
    upright.paste(GREEN, (width // 2, 0, width, height // 2))
    upright.paste(BLUE, (0, height // 2, width // 2, height))
    upright.paste(WHITE, (width // 2, height // 2, width, height))
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # To be turned a quarter to the right.
    upright.transpose(Image.Transpose.ROTATE_90).save(path, quality=90, exif=exif)


def corners(data):
    """Size and colours of the corners of an image, as one sees it who turns nothing: an
    orientation other than upright must not be left in it."""
    image = Image.open(io.BytesIO(data))
    turned = image.getexif().get(ORIENTATION, 1)
    assert turned == 1, f"the image still asks to be turned ({turned})"
    image = image.convert("RGB")
    width, height = image.size
    points = [(5, 5), (width - 6, 5), (5, height - 6), (width - 6, height - 6)]
    nearest = [
        min((RED, GREEN, BLUE, WHITE), key=lambda colour: distance(colour, image.getpixel(point)))
        for point in points
    ]
    return (width, height), nearest


def distance(one, other):
    return sum((a - b) ** 2 for a, b in zip(one, other))
