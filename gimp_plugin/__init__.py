"""GIMP as a door: the plug-in itself, where GIMPs are, and putting the one into the others.

``colorize`` is the folder that GIMP gets; it runs in GIMP's own Python. ``hosts`` and
``installation`` need the standard library alone, so that install.py can use them.
"""
