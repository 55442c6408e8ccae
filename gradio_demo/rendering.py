"""Pictures of an open photo, with what stays as it was: outside of its mask, around a scan."""

from __future__ import annotations

import numpy as np

from colorize_core.engine import Prediction
from colorize_core.engine.framing import around
from gradio_demo.open_photo import OpenPhoto
from gradio_demo.sizes import pixels_at


def rendered(
    photo: OpenPhoto, prediction: Prediction, temperature: float | None, saturation: float
) -> np.ndarray:
    """Render a prediction of a photo, at the preview's size or less.

    Returns:
        sRGB, uint8 ``(H, W, 3)``.
    """
    picture = prediction.picture(temperature, saturation)
    shape = picture.shape[0], picture.shape[1]
    shares = photo.masking.shares(photo.size, shape)
    stays = None if shares is None else shares == 0
    if prediction.frames:
        border = around(shape, prediction.frames)
        stays = border if stays is None else stays | border
    if stays is not None:
        own = pixels_at(photo.preview.own, shape)
        picture[stays] = own[stays].reshape(int(stays.sum()), -1)
    return picture
