# Helpers for scripts that run in GIMP's own Python; exec'd before them, not imported.
import hashlib
import json  # noqa: F401
import os
import struct
from array import array

from gi.repository import Gegl, Gimp

LAB = "CIE Lab alpha float"


def ramp(width, height, alpha):
    """A grey ramp from dark to light in CIE Lab alpha float, with a clear corner if asked for."""
    pixels = []
    for row in range(height):
        for column in range(width):
            clear = alpha and row < height // 4 and column < width // 4
            light = 5.0 + 90.0 * (row * width + column) / (width * height)
            pixels.append(struct.pack("<4f", light, 0.0, 0.0, 0.0 if clear else 1.0))
    return b"".join(pixels)


def make_image(base, precision, width=48, height=32, alpha=False):
    """An image with one layer that shows a ramp."""
    kinds = {
        "rgb": (Gimp.ImageBaseType.RGB, Gimp.ImageType.RGB_IMAGE, Gimp.ImageType.RGBA_IMAGE),
        "gray": (Gimp.ImageBaseType.GRAY, Gimp.ImageType.GRAY_IMAGE, Gimp.ImageType.GRAYA_IMAGE),
    }
    kind, opaque, with_alpha = kinds["gray" if base == "indexed" else base]
    image = Gimp.Image.new_with_precision(width, height, kind, getattr(Gimp.Precision, precision))
    layer = add_layer(image, with_alpha if alpha else opaque, width, height)
    write(layer, ramp(width, height, alpha))
    if base == "indexed":
        image.convert_indexed(
            Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 32, False, False, ""
        )
    return image, layer


def add_layer(image, kind, width, height, name="photo", parent=None):
    layer = Gimp.Layer.new(image, name, width, height, kind, 100.0, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, parent, 0)
    return layer


def write(drawable, pixels, form=LAB):
    size = Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())
    buffer = drawable.get_buffer()
    buffer.set(size, form, pixels)
    buffer.flush()
    drawable.update(0, 0, drawable.get_width(), drawable.get_height())


def keep(drawable, name, form=LAB):
    """Write a drawable's pixels into a file for the other side.

    Lightness is that of the format without colours, as the plug-in reads it: GIMP computes it in
    another way for each, and networks may take a difference in the fifth digit seriously.
    """
    size = Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())
    pixels = drawable.get_buffer().get(size, 1.0, form, Gegl.AbyssPolicy.NONE)
    if form == LAB:
        light = drawable.get_buffer().get(size, 1.0, "CIE L alpha float", Gegl.AbyssPolicy.NONE)
        pixels = array("f", pixels)
        pixels[0::4] = array("f", light)[0::2]
    with open(f"{os.environ['HOME']}/{name}", "wb") as file:
        file.write(pixels)


def colorize(image, layers, **choices):
    """Call the procedure: whether it succeeded, its message, and the layer that it names."""
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-colorize")
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", layers)
    for name, value in choices.items():
        config.set_property(name, value)
    answer = procedure.run(config)
    succeeded = answer.index(0) == Gimp.PDBStatusType.SUCCESS
    message = None if succeeded else Gimp.get_pdb().get_last_error()
    return succeeded, message, answer.index(1) if succeeded else None


def about(image):
    """An image in words."""
    return {
        "type": image.get_base_type().value_nick,
        "precision": image.get_precision().value_nick,
        "layers": [layer.get_name() for layer in image.get_layers()],
    }


def fingerprint(image):
    """All that must be as before where a request is refused."""
    return {
        **about(image),
        "states": [state(item) for item in every_layer(image.get_layers())],
        "selection": list(Gimp.Selection.bounds(image))[1:],
        "channels": len(image.get_channels()),
        "chosen": sorted(item.get_name() for item in image.get_selected_layers()),
    }


def every_layer(items):
    for item in items:
        yield item
        if item.is_group():
            yield from every_layer(item.get_children())


def state(layer):
    """A layer's pixels to 8 bits, as a digest, and what is set about it."""
    size = Gegl.Rectangle.new(0, 0, layer.get_width(), layer.get_height())
    pixels = layer.get_buffer().get(size, 1.0, "R'G'B'A u8", Gegl.AbyssPolicy.NONE)
    mask = layer.get_mask()
    return {
        "name": layer.get_name(),
        "pixels": hashlib.sha256(pixels).hexdigest(),
        "visible": layer.get_visible(),
        "locks": [
            getattr(layer, f"get_lock_{lock}")()
            for lock in ("content", "alpha", "position", "visibility")
        ],
        "mask": [layer.get_apply_mask(), layer.get_show_mask()] if mask else None,
        "opacity": layer.get_opacity(),
    }
