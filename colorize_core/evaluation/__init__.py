"""How good colorizations are: the metrics, the report, the contact sheet."""
