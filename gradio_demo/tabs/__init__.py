"""The tabs of the page, one module each: components, and the handlers of their events."""
