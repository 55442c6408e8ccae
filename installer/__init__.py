"""The work of install.py, with Python's standard library alone; not a part of the package."""
