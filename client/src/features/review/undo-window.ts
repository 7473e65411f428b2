/** Long enough to notice a slip of the finger, short enough that nobody waits for it. */
export const UNDO_MS = 5000;

interface Waiting {
  timer: ReturnType<typeof setTimeout>;
  send: () => void;
}

/** What is decided but not sent yet, so that it can be taken back. */
export class UndoWindow {
  private readonly waiting = new Map<string, Waiting>();

  schedule(id: string, send: () => void): void {
    this.cancel(id);
    this.waiting.set(id, { send, timer: setTimeout(() => this.release(id), UNDO_MS) });
  }

  /** The one that was decided last and can still be taken back. */
  get last(): string | undefined {
    return [...this.waiting.keys()].at(-1);
  }

  cancel(id: string): boolean {
    clearTimeout(this.waiting.get(id)?.timer);
    return this.waiting.delete(id);
  }

  /** Sends all that waits, in the order of the decisions. */
  flush(): void {
    for (const id of [...this.waiting.keys()]) this.release(id);
  }

  private release(id: string): void {
    const { send } = this.waiting.get(id) ?? {};
    if (this.cancel(id)) send?.();
  }
}
