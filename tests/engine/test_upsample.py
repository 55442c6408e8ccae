import pytest
import torch
from torch.nn import functional

from colorize_core.engine.upsample import upsample_strips


# A strip holds 2 ** 18 pixels: these heights are below it, above it, and no multiple of it.
@pytest.mark.parametrize("size", [(7, 5), (613, 1000), (1, 10_000), (10_000, 1), (3, 300_000)])
def test_strips_put_together_are_torchs_bilinear_upsampling(size):
    ab = torch.rand(1, 2, 9, 13, generator=torch.Generator().manual_seed(0))
    strips = torch.cat([strip for _, strip in upsample_strips(ab, size)], 2)
    expected = functional.interpolate(ab, size, mode="bilinear", align_corners=False)
    torch.testing.assert_close(strips, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [(613, 1000), (3, 300_000)])
def test_strips_cover_every_row_once_in_order(size):
    rows = [
        row
        for rows, _ in upsample_strips(torch.zeros(1, 2, 4, 4), size)
        for row in range(rows.start, rows.stop)
    ]
    assert rows == list(range(size[0]))


def test_large_photos_come_in_several_strips():
    assert len(list(upsample_strips(torch.zeros(1, 2, 4, 4), (613, 1000)))) > 1
