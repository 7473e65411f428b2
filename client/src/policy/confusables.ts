/** Characters that look like a Latin letter: the same as in `shared/policy/confusables.py`, which names the source. */

/** Cyrillic, Greek and Armenian letters. A word entirely in one of these scripts is not a disguise. */
export const FOREIGN = byLookAlike({
  a: "аα",
  b: "вьβ",
  c: "сϲ",
  d: "ԁ",
  e: "еєεҽ",
  f: "ғϝ",
  g: "ԍց",
  h: "нһհ",
  i: "іι",
  j: "јϳյ",
  k: "кκ",
  l: "ӏ",
  m: "м",
  n: "пηոռ",
  o: "оοσօ",
  p: "рρ",
  q: "ԛգզ",
  r: "гя",
  s: "ѕտ",
  t: "тτ",
  u: "υμցս",
  v: "ѵν",
  w: "ԝωшщա",
  x: "хχ",
  y: "уγүу",
  z: "ζ",
});

/** Styled Latin letters that no Unicode normal form maps to plain ones. */
export const STYLED = byLookAlike({
  a: "ᴀɑ",
  b: "ʙƀɓ",
  c: "ᴄȼƈ",
  d: "ᴅđɗ",
  e: "ᴇɇɛ",
  f: "ꜰƒ",
  g: "ɢɡǥ",
  h: "ʜħ",
  i: "ɪıɨ",
  j: "ᴊɉ",
  k: "ᴋƙ",
  l: "ʟłƚɭ",
  m: "ᴍɱ",
  n: "ɴŋɲ",
  o: "ᴏøɵ",
  p: "ᴘƥ",
  q: "ɋ",
  r: "ʀɍɾ",
  s: "ꜱʂ",
  t: "ᴛŧƭ",
  u: "ᴜʉ",
  v: "ᴠʋ",
  w: "ᴡ",
  y: "ʏɏ",
  z: "ᴢƶ",
});

// Three whole alphabets: negative circled, negative squared, and regional indicator letters.
for (const first of [0x1f150, 0x1f170, 0x1f1e6]) {
  for (let offset = 0; offset < 26; offset += 1) {
    STYLED.set(String.fromCodePoint(first + offset), String.fromCodePoint(0x61 + offset));
  }
}

/** Returns true for a character of the Greek, Cyrillic or Armenian script. */
export function isForeign(char: string): boolean {
  return (char >= "\u0370" && char <= "\u052f") || (char >= "\u0531" && char <= "\u058f");
}

function byLookAlike(rows: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(
    Object.entries(rows).flatMap(([letter, chars]) => Array.from(chars, (char) => [char, letter] as const)),
  );
}
