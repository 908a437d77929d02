"""Amounts in words, as Russian and English invoices write them.

A function of our own: num2words joins roubles and kopecks with a comma, gets the gender of kopecks wrong and brings
forty languages along; an invoice needs two, and is rejected by accountants when one ending is off.
"""

from __future__ import annotations

from decimal import Decimal

_RU_ONES = (
    "", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять", "одиннадцать",
    "двенадцать", "тринадцать", "четырнадцать", "пятнадцать", "шестнадцать", "семнадцать", "восемнадцать",
    "девятнадцать",
)  # fmt: skip
_RU_TENS = (
    "", "", "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто",
)  # fmt: skip
_RU_HUNDREDS = (
    "", "сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот",
)  # fmt: skip
Forms = tuple[str, str, str]  # of one, of two, of five
_RU_SCALES: tuple[Forms, ...] = (
    ("тысяча", "тысячи", "тысяч"),
    ("миллион", "миллиона", "миллионов"),
    ("миллиард", "миллиарда", "миллиардов"),
    ("триллион", "триллиона", "триллионов"),
)
_EN_ONES = (
    "", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_EN_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_EN_SCALES = ("", "thousand", "million", "billion", "trillion")
# Whole units and coins by currency; others are written with their code.
_RU_MONEY: dict[str, tuple[Forms, Forms]] = {
    "RUB": (("рубль", "рубля", "рублей"), ("копейка", "копейки", "копеек")),
    "USD": (("доллар США", "доллара США", "долларов США"), ("цент", "цента", "центов")),
    "EUR": (("евро", "евро", "евро"), ("цент", "цента", "центов")),
    "KZT": (("тенге", "тенге", "тенге"), ("тиын", "тиына", "тиынов")),
    "BYN": (
        ("белорусский рубль", "белорусских рубля", "белорусских рублей"),
        ("копейка", "копейки", "копеек"),
    ),
    "CNY": (("юань", "юаня", "юаней"), ("фынь", "фыня", "фыней")),
}
_EN_MONEY: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "RUB": (("rouble", "roubles"), ("kopeck", "kopecks")),
    "USD": (("US dollar", "US dollars"), ("cent", "cents")),
    "EUR": (("euro", "euros"), ("cent", "cents")),
    "GBP": (("pound", "pounds"), ("penny", "pence")),
}


def in_words(amount: Decimal, currency: str, language: str) -> str:
    """Write an amount: «Одна тысяча двести рублей 50 копеек», "One thousand two hundred roubles 50 kopecks"."""
    whole, coins = divmod(int((amount * 100).to_integral_value()), 100)
    said = (
        _russian_money(whole, coins, currency) if language == "ru" else _english_money(whole, coins, currency)
    )
    return said[:1].upper() + said[1:]


def _russian_money(whole: int, coins: int, currency: str) -> str:
    known = _RU_MONEY.get(currency)
    if known is None:
        return f"{russian(whole)} {currency} {coins:02d}/100"
    unit, coin = known
    return f"{russian(whole)} {_form(whole, unit)} {coins:02d} {_form(coins, coin)}"


def _english_money(whole: int, coins: int, currency: str) -> str:
    known = _EN_MONEY.get(currency)
    if known is None:
        return f"{english(whole)} {currency} {coins:02d}/100"
    unit, coin = known
    return f"{english(whole)} {unit[whole != 1]} {coins:02d} {coin[coins != 1]}"


def russian(number: int) -> str:
    """Write a whole number in Russian, masculine: «двадцать одна тысяча два»."""
    if number == 0:
        return "ноль"
    parts: list[str] = []
    for power, three in _thousands(number):
        if three:
            parts.append(_russian_three(three, is_feminine=power == 1))
            if power:
                parts.append(_form(three, _RU_SCALES[power - 1]))
    return " ".join(parts)


def _russian_three(number: int, *, is_feminine: bool) -> str:
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words = [_RU_HUNDREDS[hundreds]]
    words += [_RU_ONES[rest]] if rest < 20 else [_RU_TENS[tens], _RU_ONES[ones]]
    if is_feminine:
        words = [{"один": "одна", "два": "две"}.get(word, word) for word in words]
    return " ".join(filter(None, words))


def _form(number: int, forms: Forms) -> str:
    if 10 < number % 100 < 20:
        return forms[2]
    return forms[0] if number % 10 == 1 else forms[1] if 2 <= number % 10 <= 4 else forms[2]


def english(number: int) -> str:
    """Write a whole number in English: "twenty-one thousand two"."""
    if number == 0:
        return "zero"
    parts: list[str] = []
    for power, three in _thousands(number):
        if three:
            parts += [_english_three(three), _EN_SCALES[power]]
    return " ".join(filter(None, parts))


def _english_three(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    low = _EN_ONES[rest] if rest < 20 else "-".join(filter(None, [_EN_TENS[tens], _EN_ONES[ones]]))
    return " ".join(filter(None, [f"{_EN_ONES[hundreds]} hundred" if hundreds else "", low]))


def _thousands(number: int) -> list[tuple[int, int]]:
    """Split into groups of three, the highest first: [(power of a thousand, 0-999), …]."""
    groups = []
    power = 0
    while number:
        number, three = divmod(number, 1000)
        groups.append((power, three))
        power += 1
    return groups[::-1]
