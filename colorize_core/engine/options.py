"""All that a user may choose of how a photo is colorized, in one dataclass for every door.

Which network looks at it, and on which device, is the :class:`~.colorizer.Colorizer`'s own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from numbers import Integral, Real
from typing import Any, Literal, TypeAlias, TypedDict, get_args

from colorize_core.engine.hints import HintLike, hints_of
from colorize_core.engine.mask import mask_of

Border: TypeAlias = Literal["keep", "neutral", "off"]
ColorPhotos: TypeAlias = Literal["leave", "recolour", "mix"]

_OF_THE_COLORIZER = ("model", "device")


class OptionValues(TypedDict, total=False):
    """The fields of :class:`ColorizeOptions`, where calls take them as keywords."""

    temperature: float | None
    saturation: float
    warmth: float
    size: int | None
    hints: Iterable[HintLike]
    detail: bool
    as_is: bool
    provenance: bool
    border: Border
    like: Iterable[Any]
    likeness: float
    color_photos: ColorPhotos
    mask: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ColorizeOptions:
    """Options of colorization.

    Attributes:
        temperature: of the annealed mean, above 0 up to 2: towards 0 vivid and blotchy, at 1 the
            mean, even and pale, above it calmer still. None takes what the model was tuned for.
        saturation: factor on the chroma, 0..4.
        warmth: white balance of the colours, -1..1: above 0 towards orange, below towards blue.
        size: short side in pixels at which the network looks at the photo; None takes what the
            model was tuned for, or a smaller photo's own.
        hints: colours that are known: :class:`~.hints.Hint`, or dicts as in JSON; kept as a tuple
            of hints.
        detail: whether to look a second time, at twice the size, for the colours of small things;
            those of the scene stay as they are. Photos that are no larger have none.
        as_is: whether the network is shown the lightness as it is. Else it is stretched over the
            whole scale first, because a faded print is one of little contrast, and the dots of a
            halftone print are taken out; the colorized photo keeps its own lightness either way.
        provenance: whether the photo's file says that its colours are made up, and by what.
        border: of the paper, card or film around the photographs on a scan: ``keep`` leaves it as
            it is, ``neutral`` makes it grey, ``off`` colorizes the scan as one photo.
        like: photos in colour, whatever a photo may be given as; their colours are copied to what
            looks like them. A single one need not be in a list. Kept as a tuple.
        likeness: how readily they are copied, 0.1..10; 1 is cautious, 2 what was learnt.
        color_photos: of photos that are in colour already (a tint such as sepia is none):
            ``recolour`` gives them new colours from their lightness, ``leave`` gives them back as
            they are, ``mix`` keeps colours where they have them and colorizes what is grey, also
            in prints that are coloured in parts.
        mask: an image of the photo's size, whatever a photo may be given as: white is colorized,
            black stays as it was, greys blend; transparent is black. Kept as a
            :class:`~.mask.Mask`. None colorizes all.

    ``color_photos`` and ``mask`` are for photos in and out; a :class:`~.prediction.Prediction` is
    of the whole photo.

    Raises:
        ValueError: a value is out of its range; the message names it.
        TypeError: there is no such option, or a value is of another type.
        PhotoError: the mask cannot be read.
    """

    temperature: float | None = None
    saturation: float = 1.0
    warmth: float = 0.0
    size: int | None = None
    hints: Iterable[HintLike] = ()
    detail: bool = False
    as_is: bool = False
    provenance: bool = True
    border: Border = "keep"
    like: Iterable[Any] = ()
    likeness: float = 1.0
    color_photos: ColorPhotos = "recolour"
    mask: Any = None

    def __new__(cls, **values: Any) -> ColorizeOptions:
        """Refuse what is no option, in words that say where it belongs."""
        for name in values:
            if name in _OF_THE_COLORIZER:
                raise TypeError(
                    f"{name} is no option but a Colorizer's own: Colorizer({name}=...) or, for "
                    f"a single photo, colorize(image, {name}=...)"
                )
            if name not in cls.__dataclass_fields__:
                raise TypeError(f"there is no option {name!r}; there are {_names()}")
        return object.__new__(cls)

    def __post_init__(self) -> None:
        if self.temperature is not None:
            _check_type("temperature", self.temperature, Real, "a number or None")
            if not 0.0 < self.temperature <= 2.0:
                raise ValueError(
                    f"temperature must be above 0 and at most 2; got {self.temperature}"
                )
        _check_type("saturation", self.saturation, Real, "a number")
        if not 0.0 <= self.saturation <= 4.0:
            raise ValueError(f"saturation must be within 0..4; got {self.saturation}")
        _check_type("warmth", self.warmth, Real, "a number")
        if not -1.0 <= self.warmth <= 1.0:
            raise ValueError(f"warmth must be within -1..1; got {self.warmth}")
        if self.size is not None:
            _check_type("size", self.size, Integral, "a whole number or None")
            if not 32 <= self.size <= 2048:
                raise ValueError(f"size must be within 32..2048 pixels; got {self.size}")
        if self.border not in get_args(Border):
            raise ValueError(f"border must be keep, neutral or off; got {self.border!r}")
        if self.color_photos not in get_args(ColorPhotos):
            raise ValueError(
                f"color_photos must be leave, recolour or mix; got {self.color_photos!r}"
            )
        _check_type("likeness", self.likeness, Real, "a number")
        if not 0.1 <= self.likeness <= 10.0:
            raise ValueError(f"likeness must be within 0.1..10; got {self.likeness}")
        like = tuple(self.like) if isinstance(self.like, list | tuple) else (self.like,)
        object.__setattr__(self, "like", like)
        object.__setattr__(self, "hints", hints_of(self.hints))
        if self.mask is not None:
            object.__setattr__(self, "mask", mask_of(self.mask))


def chosen(options: ColorizeOptions | None, values: Mapping[str, Any]) -> ColorizeOptions:
    """Put together what a call was given: options, and single values that go before them.

    Raises:
        TypeError: what was given as options is none, or there is no option of a name.
        ValueError: a value is out of its range.
    """
    if options is None:
        return ColorizeOptions(**values)
    if not isinstance(options, ColorizeOptions):
        raise TypeError(
            f"options must be ColorizeOptions; got {type(options).__name__}. Single options are "
            "keywords, such as saturation=0.8"
        )
    return replace(options, **values) if values else options


def _names() -> str:
    return ", ".join(field.name for field in fields(ColorizeOptions))


def _check_type(name: str, value: object, kind: type, expected: str) -> None:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"{name} must be {expected}; got {value!r}")
