"""Quality of colorizations: the metrics, the report, the contact sheet."""
