/** Long enough to notice a mistake, short enough not to delay authors. */
export const UNDO_MS = 5000;

interface Waiting {
  timer: ReturnType<typeof setTimeout>;
  send: () => void;
}

/** Decisions that are not sent yet and can still be undone. */
export class UndoWindow {
  private readonly waiting = new Map<string, Waiting>();

  schedule(id: string, send: () => void): void {
    this.cancel(id);
    this.waiting.set(id, { send, timer: setTimeout(() => this.release(id), UNDO_MS) });
  }

  /** Id of the latest decision that can still be undone. */
  get last(): string | undefined {
    return [...this.waiting.keys()].at(-1);
  }

  cancel(id: string): boolean {
    clearTimeout(this.waiting.get(id)?.timer);
    return this.waiting.delete(id);
  }

  /** Sends all waiting decisions, in order. */
  flush(): void {
    for (const id of [...this.waiting.keys()]) this.release(id);
  }

  private release(id: string): void {
    const { send } = this.waiting.get(id) ?? {};
    if (this.cancel(id)) send?.();
  }
}
