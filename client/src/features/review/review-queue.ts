import { computed, signal } from "@preact/signals";
import { api, isProblem } from "../../platform/api/client";
import { readPost } from "../../platform/api/posts";
import type { Accepted, Page, Post, QueueItem } from "../../platform/api/types";
import { t } from "../../platform/i18n";
import { announce, report } from "../../platform/state/notices";
import { PagedList } from "../../platform/state/paged-list";
import { goneNote, OPEN_STAGE, type ReviewDecision, type Stage, stageText } from "./review-stage";
import { UndoWindow } from "./undo-window";

/** Posts that wait for a decision, or published ones in languages that nothing judges. */
export type QueueKind = "waiting" | "unjudged";

const READERS = {
  waiting: (cursor?: string, signal?: AbortSignal) => readReviewQueue(cursor, signal),
  unjudged: (cursor?: string, signal?: AbortSignal) => readUnjudged(cursor, signal),
} as const;

/** The review queue and the moderator's decisions in it. Decided posts keep their place. */
export class ReviewQueue {
  readonly list: PagedList<QueueItem>;
  /** Id of the post whose rejection form is open. */
  readonly rejecting = signal<string | null>(null);
  /** The latest change, for screen readers. */
  readonly announcement = signal("");
  readonly open = computed(() => this.list.items.value.filter(({ post }) => this.isOpen(post.id)));
  readonly current = computed<QueueItem | undefined>(
    () => this.open.value.find(({ post }) => post.id === this.chosen.value) ?? this.open.value[0],
  );
  private readonly stages = signal<ReadonlyMap<string, Stage>>(new Map());
  private readonly chosen = signal<string | null>(null);
  private readonly undoWindow = new UndoWindow();
  private isOpenOnScreen = false;

  constructor(readonly kind: QueueKind = "waiting") {
    this.list = new PagedList<QueueItem>(READERS[kind], (item) => item.post.id);
  }

  stageOf(id: string): Stage {
    return this.stages.value.get(id) ?? OPEN_STAGE;
  }

  /** Starts working on the queue; the returned function stops it and sends waiting decisions. */
  connect(): () => void {
    const sendWaiting = () => this.undoWindow.flush();
    window.addEventListener("pagehide", sendWaiting);
    this.isOpenOnScreen = true;
    void this.refresh();
    return () => {
      window.removeEventListener("pagehide", sendWaiting);
      this.isOpenOnScreen = false;
      this.list.close();
      sendWaiting();
    };
  }

  /** Loads the queue again. Waiting decisions are sent first: their posts may leave the list. */
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

  /** Schedules a decision, which can be undone until it is sent, and moves on to the next post. */
  decide(item: QueueItem, decision: ReviewDecision): void {
    const { id } = item.post;
    if (!this.isOpen(id)) return;
    const open = this.open.value;
    const at = open.findIndex(({ post }) => post.id === id);
    const next = open[at + 1] ?? open[at - 1];
    this.rejecting.value = null;
    this.set(id, { name: "waiting", decision });
    this.chosen.value = next?.post.id ?? null;
    this.undoWindow.schedule(id, () => void this.send(item, decision));
  }

  /** Undoes one decision, by default the latest that is not sent yet. */
  undo(id = this.undoWindow.last): void {
    if (id === undefined || !this.undoWindow.cancel(id)) return;
    this.set(id, { name: "open", note: "review.stage.undone" });
    this.choose(id);
  }

  private isOpen(id: string): boolean {
    return this.stageOf(id).name === "open";
  }

  private set(id: string, stage: Stage): void {
    this.stages.value = new Map(this.stages.value).set(id, stage);
    this.announcement.value = stageText(stage);
  }

  private async send(item: QueueItem, decision: ReviewDecision): Promise<void> {
    const { id } = item.post;
    this.set(id, { name: "sending", decision });
    try {
      const { sequence } = await decideReview(item.post, decision);
      this.set(id, { name: "sent", decision, sequence });
    } catch (error) {
      if (isProblem(error, "revision_conflict")) await this.reload(id);
      else this.undecided(id, error);
    }
  }

  /** Replaces a post that has changed since it was loaded. */
  private async reload(id: string): Promise<void> {
    try {
      const post = await readPost(id);
      const fresh = await (this.kind === "waiting" ? findInQueue(post) : findUnjudged(post));
      if (!fresh) return this.set(id, { name: "gone", note: goneNote(post.state) });
      this.list.items.value = this.list.items.value.map((item) => (item.post.id === id ? fresh : item));
      this.set(id, { name: "open", note: "review.stage.changed" });
      if (!this.isOpenOnScreen) announce(t("review.stage.changed_elsewhere"));
    } catch (error) {
      if (isProblem(error) && error.status === 404)
        this.set(id, { name: "gone", note: goneNote("withdrawn") });
      else this.undecided(id, error);
    }
  }

  private undecided(id: string, error: unknown): void {
    this.set(id, { name: "open", error });
    if (!this.isOpenOnScreen) report(error, t("review.stage.undecided"));
  }

  /** Forgets decisions that the loaded list includes: a post that is still listed waits for another decision. */
  private forgetFinished(): void {
    const sequences = new Map(this.list.items.value.map(({ post }) => [post.id, post.sequence]));
    const kept = [...this.stages.value].filter(([id, stage]) => {
      if (stage.name === "sent") return (sequences.get(id) ?? stage.sequence) < stage.sequence;
      return stage.name === "waiting" || stage.name === "sending";
    });
    this.stages.value = new Map(kept);
  }
}

let kept: { owner: string; queues: Map<QueueKind, ReviewQueue> } | undefined;

/** The queue of one moderator; it is kept while they open a post and come back. */
export function reviewQueueOf(owner: string, kind: QueueKind = "waiting"): ReviewQueue {
  if (kept?.owner !== owner) kept = { owner, queues: new Map() };
  const queue = kept.queues.get(kind) ?? new ReviewQueue(kind);
  kept.queues.set(kind, queue);
  return queue;
}

/** Reads a page of the queue, the most urgent post first; posts that only new accounts have reported come last. */
export async function readReviewQueue(cursor?: string, signal?: AbortSignal): Promise<Page<QueueItem>> {
  const call = { query: { cursor }, ...(signal ? { signal } : {}) };
  return await api<Page<QueueItem>>("/v1/review/queue", call);
}

/** Reads a page of the published posts in languages that nothing judges, the newest first. */
async function readUnjudged(cursor?: string, signal?: AbortSignal): Promise<Page<QueueItem>> {
  const call = { query: { cursor }, ...(signal ? { signal } : {}) };
  return await api<Page<QueueItem>>("/v1/review/unjudged", call);
}

/** Finds a post among the newest unjudged ones. */
async function findUnjudged({ id }: Post): Promise<QueueItem | undefined> {
  const { items } = await readUnjudged();
  return items.find(({ post }) => post.id === id);
}

/** The parts of the queue: a change may have moved a post into another one. */
const PARTS: readonly QueueItem["urgency"][] = ["usual", "danger", "crisis", "minors", "later"];

/** Finds a post in the part of the queue where it waits now. */
async function findInQueue({ id, sequence }: Post): Promise<QueueItem | undefined> {
  for (const part of PARTS) {
    const { items } = await readReviewQueue(`${part}-${sequence - 1}`);
    const found = items.find(({ post }) => post.id === id);
    if (found) return found;
  }
  return undefined;
}

/** Sends a decision; the request completes even when the page is closed. */
export const decideReview = ({ id, revision, sequence }: Post, decision: ReviewDecision) =>
  api<Accepted>(`/v1/review/${id}/decision`, {
    method: "POST",
    body: { ...decision, revision, sequence },
    keepalive: true,
  });
