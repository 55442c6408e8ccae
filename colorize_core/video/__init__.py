"""Films: the same as photographs, with colours that hold still.

``film`` puts it together: ``source`` looks a file through, ``frames`` decodes it, ``eye`` shows
frames to the network, ``flow`` measures movement, ``watching`` knows scenes, ``direction`` follows
``hints``, ``steady`` averages colours along what moves, ``chroma`` and ``planes`` make pixels of
them, ``encoding``, ``segments`` and ``muxing`` write. Photographs are no matter of this room, nor
is how the network predicts.
"""

from colorize_core.video.packages import need_packages

need_packages()

from colorize_core.video.errors import VideoError  # noqa: E402
from colorize_core.video.film import Made, colorize_video  # noqa: E402
from colorize_core.video.hints import TimedHint, read_timed_hints  # noqa: E402
from colorize_core.video.options import FilmOptions  # noqa: E402

__all__ = ["FilmOptions", "Made", "TimedHint", "VideoError", "colorize_video", "read_timed_hints"]
