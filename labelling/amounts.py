"""Money in words."""

MICRO = 1_000_000


def amount(micro: int, currency: str) -> str:
    """Micro-units as an amount: 1,240 labels; 12.50 EUR."""
    whole, rest = divmod(micro, MICRO)
    return f"{whole:,} {currency}" if not rest else f"{micro / MICRO:,.2f} {currency}"


def about(micro: int, currency: str) -> str:
    """The same to three digits, for what is only estimated."""
    return amount(int(float(f"{micro:.3g}")), currency)
