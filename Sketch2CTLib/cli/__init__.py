"""The command line: one thin file a verb, imported only when that verb is asked for."""
