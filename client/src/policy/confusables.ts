/** Characters that look like a Latin letter: the same as in `shared/policy/confusables.py`, which names the source. */

/** Cyrillic, Greek, Armenian and Cherokee letters. A word entirely in one of these scripts is not a disguise. */
export const FOREIGN = byLookAlike({
  a: "аαꭺ",
  b: "вьβᏼ",
  c: "сϲꮯ",
  d: "ԁꭰ",
  e: "еєεҽꭼ",
  f: "ғϝ",
  g: "ԍցꮐ",
  h: "нһհꮋ",
  i: "іιꭵ",
  j: "јϳյꭻ",
  k: "кκꮶ",
  l: "ӏꮮ",
  m: "мꮇ",
  n: "пηոռ",
  o: "оοσօ",
  p: "рρꮲ",
  q: "ԛգզ",
  r: "гяꭱꮢ",
  s: "ѕտꮪ",
  t: "тτꭲ",
  u: "υμցս",
  v: "ѵνꮩ",
  w: "ԝωшщաꮃ",
  x: "хχ",
  y: "уγүуꭹ",
  z: "ζꮓ",
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

const FOREIGN_CHARACTER = /^[\u0370-\u052f\u0531-\u058f\u13a0-\u13ff\uab70-\uabbf]$/u;

/** Returns true for a character of the Greek, Cyrillic, Armenian or Cherokee script. */
export function isForeign(char: string): boolean {
  return FOREIGN_CHARACTER.test(char);
}

function byLookAlike(rows: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(
    Object.entries(rows).flatMap(([letter, chars]) => Array.from(chars, (char) => [char, letter] as const)),
  );
}
