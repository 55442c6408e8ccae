"""The warm engine: one local process that colorizes for every host program.

A request's way: ``caller`` connects to the process, or starts it (``process``); ``connection``
sends the layer over the channel (``wire``), with its files where ``home`` says. These need the
standard library alone, so that a plug-in can carry a copy. In the process, ``server`` takes the
caller in (``channel``, ``places``), ``request`` receives the layer, ``jobs`` gives it its turn, and
``layer`` has the engine look at it and paint it, strip by strip. Nothing here knows of a particular
host.
"""
