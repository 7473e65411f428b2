import runs from "./classes.json";

type ClassName = keyof typeof runs;

/** What the tokenizer does to a character, as it was when the model was made: browsers know other Unicodes. */
export class CharClass {
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];

  constructor(name: ClassName) {
    const numbers = runs[name];
    let at = 0;
    for (let i = 0; i + 1 < numbers.length; i += 2) {
      at += numbers[i] ?? 0;
      this.starts.push(at);
      at += numbers[i + 1] ?? 0;
      this.ends.push(at);
    }
  }

  has(point: number): boolean {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.ends[middle] ?? 0) <= point) low = middle + 1;
      else high = middle;
    }
    return low < this.starts.length && point >= (this.starts[low] ?? 0);
  }
}
