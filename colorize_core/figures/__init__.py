"""Figures to look at: colours on the ab plane, what a network thinks of a photo, curves of runs.

Each function draws one Pillow image from numbers that it is given; none reads a file. Contact
sheets of whole sets are in ``evaluation``.
"""
