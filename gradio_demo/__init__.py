"""The studio: colorizing in the browser, with Gradio.

``app`` puts the page together, ``tabs`` builds its tabs, ``api`` the endpoints for programs.
``desk`` keeps the open photos of all visitors, and ``open_photo`` is one of them. All colours come
from ``colorize_core.engine``; nothing in here computes any.
"""

import os
import sys

from colorize_core.threads import wait_calmly

# Before Gradio and PyTorch are loaded, which read these once.
wait_calmly()
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
if "huggingface_hub.constants" in sys.modules:  # by a model that was fetched from a hub before
    sys.modules["huggingface_hub.constants"].HF_HUB_OFFLINE = True  # type: ignore[attr-defined]
# Gradio would tabulate the times of its last 10,000 events anew after each; nobody asks for them.
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**9))
