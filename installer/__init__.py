"""What install.py does, with Python's standard library alone; not a part of the package."""
