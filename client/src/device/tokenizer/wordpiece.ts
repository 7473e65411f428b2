import { preTokenize, wellFormed } from "./pre-tokenizer";

/** The parts of `tokenizer.json` that are used here. */
export interface TokenizerFile {
  added_tokens: { id: number; content: string }[];
  model: {
    type: string;
    unk_token: string;
    continuing_subword_prefix: string;
    max_input_chars_per_word: number;
    vocab: Record<string, number>;
  };
}

const CLS = "[CLS]";
const SEP = "[SEP]";

/** Converts text to the same token ids as the server (Wu et al., "Google's Neural Machine Translation System", 2016). */
export class WordPiece {
  private readonly vocabulary: Map<string, number>;
  private readonly special: Map<string, number>;
  private readonly specialPattern: RegExp;

  constructor(private readonly file: TokenizerFile) {
    if (file.model.type !== "WordPiece")
      throw new TypeError(`not a WordPiece vocabulary: ${file.model.type}`);
    this.vocabulary = new Map(Object.entries(file.model.vocab));
    this.special = new Map(file.added_tokens.map(({ id, content }) => [content, id]));
    const names = [...this.special.keys()].map((name) => name.replace(/[[\]]/g, "\\$&"));
    this.specialPattern = new RegExp(`(${names.join("|")})`);
  }

  /** Returns at most `limit` ids: [CLS], the text's ids, [SEP]. Longer texts are truncated. */
  encode(text: string, limit: number): number[] {
    const ids: number[] = [];
    for (const part of wellFormed(text).split(this.specialPattern)) {
      const special = this.special.get(part);
      if (special !== undefined) ids.push(special);
      else for (const word of preTokenize(part)) ids.push(...this.pieces(word));
      if (ids.length >= limit - 2) break;
    }
    return [this.idOf(CLS), ...ids.slice(0, limit - 2), this.idOf(SEP)];
  }

  /** Splits a word greedily into the longest known pieces. A word with an unknown part is unknown as a whole. */
  private pieces(word: string): number[] {
    const { unk_token, continuing_subword_prefix, max_input_chars_per_word } = this.file.model;
    const chars = [...word];
    if (chars.length > max_input_chars_per_word) return [this.idOf(unk_token)];
    const ids: number[] = [];
    for (let start = 0; start < chars.length; ) {
      let end = chars.length;
      let id: number | undefined;
      for (; end > start; end -= 1) {
        const piece = chars.slice(start, end).join("");
        id = this.vocabulary.get(start > 0 ? continuing_subword_prefix + piece : piece);
        if (id !== undefined) break;
      }
      if (id === undefined) return [this.idOf(unk_token)];
      ids.push(id);
      start = end;
    }
    return ids;
  }

  private idOf(token: string): number {
    const id = this.special.get(token) ?? this.vocabulary.get(token);
    if (id === undefined) throw new TypeError(`the vocabulary has no ${token}`);
    return id;
  }
}
