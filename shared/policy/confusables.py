"""Characters that look like a Latin letter, in the order of the letters.

A choice from Unicode's confusables (https://www.unicode.org/Public/security/latest/confusables.txt): what is used to
disguise words, in lower case, since rules read lower case. `client/src/policy/confusables.ts` has the same.
"""

# Cyrillic, Greek and Armenian letters: in a word of their own script they are what they are.
FOREIGN = {
    char: letter
    for letter, chars in {
        "a": "аα",
        "b": "вьβ",
        "c": "сϲ",
        "d": "ԁ",
        "e": "еєεҽ",
        "f": "ғϝ",
        "g": "ԍց",
        "h": "нһհ",
        "i": "іι",
        "j": "јϳյ",
        "k": "кκ",
        "l": "ӏ",
        "m": "м",
        "n": "пηոռ",
        "o": "оοσօ",
        "p": "рρ",
        "q": "ԛգզ",
        "r": "гя",
        "s": "ѕտ",
        "t": "тτ",
        "u": "υμցս",
        "v": "ѵν",
        "w": "ԝωшщա",
        "x": "хχ",
        "y": "уγүу",
        "z": "ζ",
    }.items()
    for char in chars
}
# Latin letters in a costume (small capitals, strokes, phonetic signs), which no normal form takes off.
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
# White letters on black, and the letters that flags are made of: whole alphabets in a row.
STYLED |= {chr(first + offset): chr(ord("a") + offset) for first in (0x1F150, 0x1F170, 0x1F1E6) for offset in range(26)}


def is_foreign(char: str) -> bool:
    """Whether the character belongs to a script that has such letters: Greek, Cyrillic or Armenian."""
    return "\u0370" <= char <= "\u052f" or "\u0531" <= char <= "\u058f"
