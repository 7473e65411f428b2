/**
 * Finds the next of some characters in a line, at places that only move on. The answer is remembered until it is
 * passed, so all searches for one set of characters together read the line once.
 */
export class Lookahead {
  /** The number of characters that were read, for tests of the work per character. */
  examined = 0;
  private readonly found = new Map<string, number>();

  constructor(readonly line: string) {}

  /** Returns the first place of one of `characters` at or after `from`; the length of the line if there is none. */
  next(characters: string, from: number): number {
    const known = this.found.get(characters);
    if (known !== undefined && known >= from) return known;
    let at = from;
    while (at < this.line.length && !characters.includes(this.line.charAt(at))) at += 1;
    this.examined += at - from + 1;
    this.found.set(characters, at);
    return at;
  }
}
