/** Characters that look like a Latin letter: the same as `shared/policy/confusables.py`, which has their source. */

/** Cyrillic, Greek and Armenian letters: in a word of their own script they are what they are. */
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

/** Latin letters in a costume, which no normal form takes off. */
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

// White letters on black, and the letters that flags are made of: whole alphabets in a row.
for (const first of [0x1f150, 0x1f170, 0x1f1e6]) {
  for (let offset = 0; offset < 26; offset += 1) {
    STYLED.set(String.fromCodePoint(first + offset), String.fromCodePoint(0x61 + offset));
  }
}

/** Whether the character belongs to a script that has such letters: Greek, Cyrillic or Armenian. */
export function isForeign(char: string): boolean {
  return (char >= "\u0370" && char <= "\u052f") || (char >= "\u0531" && char <= "\u058f");
}

function byLookAlike(rows: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(
    Object.entries(rows).flatMap(([letter, chars]) => Array.from(chars, (char) => [char, letter] as const)),
  );
}
