"""The command line: ``app`` and one file a command. Colour and networks are only called here."""
