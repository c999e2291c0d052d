"""What can be wrong with a line."""


class LineFault(ValueError):
    """What is wrong with a line; `field` is a path like `probabilities.match`, or `line` for the whole of it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field, self.message = field, message
