"""The warm engine: one local process that colorizes for every host program.

``protocol`` is the channel to it, in the standard library alone, so that a plug-in can carry a
copy; ``server`` the process; ``jobs`` its queue; ``layer`` what happens to a layer's pixels.
Nothing here knows of a particular host.
"""
