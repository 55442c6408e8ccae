"""The published PyTorch code (PyPI ``rz-colorization``), on the path of its own demo.

    python benchmarks/peer.py WEIGHTS PHOTO OUT [PHOTO OUT ...]

Its functions as they are: ``load_img``, ``preprocess_img`` (scikit-image's rgb2lab at full size and
at 256 x 256), the network, ``postprocess_tens`` (bilinear, scikit-image's lab2rgb). Its demo writes
with matplotlib, whose PNG is Pillow's of four channels; here it is Pillow's of three, which is
quicker, and JPEG with the settings that ours has. Install it with ``pip install --no-deps``.
"""

import sys
import types
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

# It imports a debugger and a plotter that this path does not use; not loading them favours it.
for name in ("IPython", "matplotlib", "matplotlib.pyplot"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["IPython"].embed = None  # type: ignore[attr-defined]

from colorizers import eccv16, postprocess_tens, preprocess_img
from colorizers.util import load_img

Image.MAX_IMAGE_PIXELS = None


def load_peer(weights: Path, device: str = "cpu") -> torch.nn.Module:
    """Load weights of ours into the published module: the names are the same."""
    network = eccv16(pretrained=False).eval()
    network.load_state_dict(load_file(weights))
    return network.to(device)


@torch.no_grad()
def colorize_file(network: torch.nn.Module, source: Path, target: Path) -> None:
    """Colorize from file to file."""
    device = next(network.parameters()).device
    whole, seen = preprocess_img(load_img(source), HW=(256, 256))
    picture = postprocess_tens(whole, network(seen.to(device)).cpu())
    Image.fromarray((picture * 255).astype(np.uint8)).save(target, quality=95, subsampling=0)


if __name__ == "__main__":
    peer = load_peer(Path(sys.argv[1]))
    for photo, out in zip(sys.argv[2::2], sys.argv[3::2], strict=True):
        colorize_file(peer, Path(photo), Path(out))
