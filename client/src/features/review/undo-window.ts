/** Long enough to notice a slip of the finger, short enough that nobody waits for it. */
export const GRACE_MS = 5000;

interface Waiting {
  timer: ReturnType<typeof setTimeout>;
  send: () => void;
}

/** What is decided but not sent yet, so that it can be taken back. */
export class Grace {
  private readonly waiting = new Map<string, Waiting>();

  hold(id: string, send: () => void): void {
    this.takeBack(id);
    this.waiting.set(id, { send, timer: setTimeout(() => this.release(id), GRACE_MS) });
  }

  /** The one that was decided last and can still be taken back. */
  get last(): string | undefined {
    return [...this.waiting.keys()].at(-1);
  }

  takeBack(id: string): boolean {
    clearTimeout(this.waiting.get(id)?.timer);
    return this.waiting.delete(id);
  }

  /** Sends all that waits, in the order of the decisions. */
  flush(): void {
    for (const id of [...this.waiting.keys()]) this.release(id);
  }

  private release(id: string): void {
    const { send } = this.waiting.get(id) ?? {};
    if (this.takeBack(id)) send?.();
  }
}
