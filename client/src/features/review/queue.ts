import { computed, signal } from "@preact/signals";
import { api, isProblem } from "../../platform/api/client";
import { readPost } from "../../platform/api/posts";
import type { Accepted, Page, Post, QueueItem } from "../../platform/api/types";
import { announce, describeError, report } from "../../platform/state/notices";
import { PagedList } from "../../platform/state/paged-list";
import type { ReviewDecision } from "./stage";
import { CHANGED, goneNote, OPEN_STAGE, type Stage, stageWords, TAKEN_BACK } from "./stage";
import { UndoWindow } from "./undo-window";

/** What waits for a person, and how far this person has come with it. What is decided stays in its place. */
export class ReviewQueue {
  readonly list = new PagedList<QueueItem>(readReviewQueue, (item) => item.post.id);
  /** The post whose reason for a rejection is being asked for. */
  readonly asking = signal<string | null>(null);
  /** The last thing that happened, for those who hear the page. */
  readonly announcement = signal("");
  readonly open = computed(() => this.list.items.value.filter(({ post }) => this.isOpen(post.id)));
  readonly current = computed<QueueItem | undefined>(
    () => this.open.value.find(({ post }) => post.id === this.chosen.value) ?? this.open.value[0],
  );
  private readonly stages = signal<ReadonlyMap<string, Stage>>(new Map());
  private readonly chosen = signal<string | null>(null);
  private readonly undoWindow = new UndoWindow();
  private attended = false;

  stageOf(id: string): Stage {
    return this.stages.value.get(id) ?? OPEN_STAGE;
  }

  /** Somebody is at the queue until the returned function is called; then what waits is sent. */
  connect(): () => void {
    const leave = () => this.undoWindow.flush();
    window.addEventListener("pagehide", leave);
    this.attended = true;
    void this.refresh();
    return () => {
      window.removeEventListener("pagehide", leave);
      this.attended = false;
      this.list.close();
      leave();
    };
  }

  /** Looks for what has come in; sends what waits, since its place may go. */
  async refresh(): Promise<void> {
    this.undoWindow.flush();
    await this.list.restart();
    if (this.list.error.value === undefined) this.forgetFinished();
  }

  choose(id: string): void {
    this.chosen.value = id;
  }

  move(step: 1 | -1): void {
    const open = this.open.value;
    const at = open.findIndex(({ post }) => post.id === this.current.value?.post.id);
    const next = open[Math.min(Math.max(at + step, 0), open.length - 1)];
    if (next) this.choose(next.post.id);
  }

  /** Decides after a moment in which it can be taken back, and goes on to the next post. */
  decide(item: QueueItem, ruling: ReviewDecision): void {
    const { id } = item.post;
    if (!this.isOpen(id)) return;
    const open = this.open.value;
    const at = open.findIndex(({ post }) => post.id === id);
    const next = open[at + 1] ?? open[at - 1];
    this.asking.value = null;
    this.set(id, { name: "waiting", ruling });
    this.chosen.value = next?.post.id ?? null;
    this.undoWindow.schedule(id, () => void this.send(item, ruling));
  }

  /** Takes back one decision, or the last one that is not sent yet. */
  undo(id = this.undoWindow.last): void {
    if (id === undefined || !this.undoWindow.cancel(id)) return;
    this.set(id, { name: "open", note: "Taken back: nothing is decided." });
    this.choose(id);
  }

  private isOpen(id: string): boolean {
    return this.stageOf(id).name === "open";
  }

  private set(id: string, stage: Stage): void {
    this.stages.value = new Map(this.stages.value).set(id, stage);
    this.announcement.value = stageWords(stage);
  }

  private async send(item: QueueItem, ruling: ReviewDecision): Promise<void> {
    const { id } = item.post;
    this.set(id, { name: "sending", ruling });
    try {
      const { sequence } = await decideReview(item.post, ruling);
      this.set(id, { name: "sent", ruling, sequence });
    } catch (error) {
      if (isProblem(error, "revision_conflict")) await this.reload(id);
      else this.undecided(id, error);
    }
  }

  /** The post is not the one that was seen: shows what it is now. */
  private async reload(id: string): Promise<void> {
    try {
      const post = await readPost(id);
      const { items } = await readReviewQueue(String(post.sequence - 1));
      const fresh = items.find((item) => item.post.id === id);
      if (!fresh) return this.set(id, { name: "gone", note: goneNote(post.state) });
      this.list.items.value = this.list.items.value.map((item) => (item.post.id === id ? fresh : item));
      this.set(id, { name: "open", note: CHANGED });
      if (!this.attended)
        announce("A post had changed before your decision arrived: it still waits for one.");
    } catch (error) {
      if (isProblem(error) && error.status === 404) this.set(id, { name: "gone", note: TAKEN_BACK });
      else this.undecided(id, error);
    }
  }

  private undecided(id: string, error: unknown): void {
    const safe = "Nothing was decided.";
    const { title, detail } = describeError(error, safe);
    this.set(id, { name: "open", note: `${title} ${detail}` });
    if (!this.attended) report(error, safe);
  }

  /** A decision is kept only until the list knows of it: what is back after that waits for a person again. */
  private forgetFinished(): void {
    const sequences = new Map(this.list.items.value.map(({ post }) => [post.id, post.sequence]));
    const kept = [...this.stages.value].filter(([id, stage]) => {
      if (stage.name === "sent") return (sequences.get(id) ?? stage.sequence) < stage.sequence;
      return stage.name === "waiting" || stage.name === "sending";
    });
    this.stages.value = new Map(kept);
  }
}

let kept: { owner: string; queue: ReviewQueue } | undefined;

/** The queue of whoever is here; it stays while the person looks at a post and comes back. */
export function reviewQueueOf(owner: string): ReviewQueue {
  if (kept?.owner !== owner) kept = { owner, queue: new ReviewQueue() };
  return kept.queue;
}

/** The gateway gives so many at a time; fewer are the last ones. */
const PAGE = 50;

/** What waits for a person, the oldest first; the last post's sequence leads on. */
export async function readReviewQueue(cursor?: string, signal?: AbortSignal): Promise<Page<QueueItem>> {
  const call = { query: { cursor }, ...(signal ? { signal } : {}) };
  const { items } = await api<Page<QueueItem>>("/v1/review/queue", call);
  const last = items.at(-1);
  return { items, next: last && items.length >= PAGE ? String(last.post.sequence) : null };
}

/** Outlives the page: what was decided is sent also when the person leaves. */
export const decideReview = ({ id, revision, sequence }: Post, ruling: ReviewDecision) =>
  api<Accepted>(`/v1/review/${id}/decision`, {
    method: "POST",
    body: { ...ruling, revision, sequence },
    keepalive: true,
  });
