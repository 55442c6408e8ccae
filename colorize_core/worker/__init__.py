"""The warm engine: one local process that colorizes for every host program.

``caller`` starts it and asks it, over the channel that ``wire`` defines, with its files where
``home`` says: these three need the standard library alone, so that a plug-in can carry a copy.
``server`` is the process, ``jobs`` its queue, ``layer`` what happens to a layer's pixels.
Nothing here knows of a particular host.
"""
