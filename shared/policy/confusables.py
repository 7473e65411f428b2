"""Characters that look like a Latin letter, in the order of the letters.

A selection from Unicode's confusables (https://www.unicode.org/Public/security/latest/confusables.txt): the characters
that are used to disguise words, in lower case like the text that rules read. `client/src/policy/confusables.ts` is the
same table.

Policy stage: evaluate. Other stages: source (`load`), compile and sign (`bundle`), activate (`bundle_store`).
"""

# Cyrillic, Greek, Armenian and Cherokee letters. In a word of their own script they keep their meaning.
FOREIGN = {
    char: letter
    for letter, chars in {
        "a": "аαꭺ",
        "b": "вьβᏼ",
        "c": "сϲꮯ",
        "d": "ԁꭰ",
        "e": "еєεҽꭼ",
        "f": "ғϝ",
        "g": "ԍցꮐ",
        "h": "нһհꮋ",
        "i": "іιꭵ",
        "j": "јϳյꭻ",
        "k": "кκꮶ",
        "l": "ӏꮮ",
        "m": "мꮇ",
        "n": "пηոռ",
        "o": "оοσօ",
        "p": "рρꮲ",
        "q": "ԛգզ",
        "r": "гяꭱꮢ",
        "s": "ѕտꮪ",
        "t": "тτꭲ",
        "u": "υμցս",
        "v": "ѵνꮩ",
        "w": "ԝωшщաꮃ",
        "x": "хχ",
        "y": "уγүуꭹ",
        "z": "ζꮓ",
    }.items()
    for char in chars
}
# Styled Latin letters (small capitals, strokes, phonetic signs), which no Unicode normal form replaces.
STYLED = {
    char: letter
    for letter, chars in {
        "a": "ᴀɑ",
        "b": "ʙƀɓ",
        "c": "ᴄȼƈ",
        "d": "ᴅđɗ",
        "e": "ᴇɇɛ",
        "f": "ꜰƒ",
        "g": "ɢɡǥ",
        "h": "ʜħ",
        "i": "ɪıɨ",
        "j": "ᴊɉ",
        "k": "ᴋƙ",
        "l": "ʟłƚɭ",
        "m": "ᴍɱ",
        "n": "ɴŋɲ",
        "o": "ᴏøɵ",
        "p": "ᴘƥ",
        "q": "ɋ",
        "r": "ʀɍɾ",
        "s": "ꜱʂ",
        "t": "ᴛŧƭ",
        "u": "ᴜʉ",
        "v": "ᴠʋ",
        "w": "ᴡ",
        "y": "ʏɏ",
        "z": "ᴢƶ",
    }.items()
    for char in chars
}
# Complete alphabets: white letters on black, and regional indicators (the letters that form flags).
STYLED |= {chr(first + offset): chr(ord("a") + offset) for first in (0x1F150, 0x1F170, 0x1F1E6) for offset in range(26)}


_FOREIGN_RANGES = (("\u0370", "\u052f"), ("\u0531", "\u058f"), ("\u13a0", "\u13ff"), ("\uab70", "\uabbf"))


def is_foreign(char: str) -> bool:
    """Return whether the character is Greek, Cyrillic, Armenian or Cherokee."""
    return any(first <= char <= last for first, last in _FOREIGN_RANGES)
