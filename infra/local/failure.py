"""What goes wrong in ways a person can mend."""


class Failure(Exception):
    """Its text is one line that says what is wrong and what to do; it is shown without a traceback."""
