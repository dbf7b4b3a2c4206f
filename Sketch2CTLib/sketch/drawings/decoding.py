"""A picture's bytes → grey values as they are seen on paper, by Pillow: depth, colours, transparency and turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...errors import SketchError
from .header import PILLOW_FAULTS

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

_WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green and blue in the light that is seen
_STRIP = 512  # rows converted at a time, so that a large picture needs little memory
_LARGEST_LABEL = 20  # a picture of whole numbers up to this is a mask
_FEW = 64  # grey values: a picture on white paper with less contrast than this may be of light ink


def decoded(image: ImageFile, name: str, longest: int) -> NDArray[np.uint8]:
    """Grey values (rows, columns) of a picture that is turned upright; transparency is paper.

    Args:
        image: As `opened_picture` gives it; of several frames the first is taken.
        name: Of the file, for messages.
        longest: Pixels of the longer edge that are enough; a JPEG is made smaller while it decodes.

    Raises:
        SketchError: The picture is damaged.
    """
    from PIL import ImageOps

    try:
        if image.format == "JPEG" and image.mode != "CMYK":
            image.draft("RGB", _enough(image.size, longest))
        grey = _grey(_plain(image))
        turned = ImageOps.exif_transpose(_only_exif(image, grey))
    except PILLOW_FAULTS as error:
        raise SketchError(f"'{name}' is a damaged picture.", hint="Save it again.") from error
    return np.asarray(turned, dtype=np.uint8)


def _enough(size: tuple[int, int], longest: int) -> tuple[int, int]:
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _only_exif(image: Image, grey: NDArray[np.uint8]) -> Image:
    """The grey picture with the turn that the file tells."""
    from PIL import Image as Images

    made = Images.fromarray(grey)
    made.getexif()[0x0112] = image.getexif().get(0x0112, 1)
    return made


def _plain(image: Image) -> NDArray[np.generic]:
    """Values (rows, columns) of any depth, or (rows, columns, 3 or 4) of 8 bits."""
    clear = "transparency" in image.info
    if image.mode in ("RGB", "RGBA") and not clear:
        return np.asarray(image)
    if image.mode == "1" or (image.mode == "L" and not clear) or image.mode[0] in "IF":
        return np.asarray(image.convert("L") if image.mode == "1" else image)
    return np.asarray(image.convert("RGBA" if clear or image.mode[-1] in "Aa" else "RGB"))


def _grey(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    if values.ndim == 2:
        return _of_one_channel(values)
    on_white = _on_paper(values, 255.0)
    if values.shape[2] == 4 and int(np.ptp(on_white)) < _FEW:  # light ink shows on dark paper alone
        on_black = _on_paper(values, 0.0)
        return on_black if int(np.ptp(on_black)) > int(np.ptp(on_white)) else on_white
    return on_white


def _of_one_channel(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """8 bits as they are, 12 and 16 bits by their range, others by their largest value; 0 and one label are a mask.

    Raises:
        SketchError: It is a mask of several labels.
    """
    numbers = np.nan_to_num(values.astype(np.float32))
    most = float(numbers.max())
    if 1 <= most <= _LARGEST_LABEL and values.dtype.kind in "iu":
        labels = [int(v) for v in np.unique(numbers) if v != 0]
        if len(labels) > 1:
            raise SketchError(
                f"The picture is a mask of {len(labels)} labels ({', '.join(map(str, labels[:6]))}).",
                hint="Save one of them as a picture of its own.",
            )
        return np.asarray(np.where(numbers > 0, 0, 255), dtype=np.uint8)
    if most == 1 and np.isin(numbers, (0.0, 1.0)).all():
        return np.asarray(np.where(numbers > 0, 0, 255), dtype=np.uint8)
    whole = {"u1": 255.0, "u2": 65535.0}.get(values.dtype.str[1:], max(1.0, most))
    if values.dtype.kind == "i" and 255 < most <= 65535:  # 16 bits, as Pillow widens them
        whole = 65535.0
    if whole == 65535.0 and 255 < most <= 4095:
        whole = 4095.0
    return np.asarray(np.clip(np.round(numbers * (255.0 / whole)), 0, 255).astype(np.uint8))


def _on_paper(values: NDArray[np.generic], paper: float) -> NDArray[np.uint8]:
    """Colours over paper of one grey, strip by strip."""
    strips = []
    for top in range(0, len(values), _STRIP):
        strip = values[top : top + _STRIP].astype(np.float32)
        alpha = strip[..., 3] / 255.0 if strip.shape[2] == 4 else np.float32(1.0)
        strips.append(np.round(strip[..., :3] @ _WEIGHTS * alpha + paper * (1.0 - alpha)).astype(np.uint8))
    return np.concatenate(strips)
