import { api, isProblem } from "../../platform/api/client";
import type { Outcome } from "../../platform/api/types";
import { hex, uuid7 } from "../../platform/browser/uuid";
import { previewsOn, summariesOn } from "./mode";

/** 0 the public rules · 1 the model on this device · 2 the person's own key · 3 the server's dry run */
export type Tier = 0 | 1 | 2 | 3;

/** What a preview said about a text. Title and body are hashed here and go nowhere. */
export interface LoggedPreview {
  /** The id that the post has, or will have. */
  draftId: string;
  title: string;
  body: string;
  tier: Tier;
  policyDigest: string;
  /** sha256 of the model's file; empty, or anything else, where none of ours spoke. */
  model: string;
  verdict: Outcome;
  /** Category → a tenth of the scale, 0 to 9, so that a text cannot be recognized by its scores. */
  bands: Readonly<Record<string, number>>;
  tookMs: number;
}

/** One text on its way to be sent: how often its author paused over a changed text, and how long it took. */
export interface DraftSummary {
  draft_id: string;
  changes: number;
  writing_ms: number;
}

/** A line of `POST /v1/previews`. */
interface Item {
  preview_id: string;
  draft_id: string;
  tier: Tier;
  policy_digest: string;
  model: string;
  verdict: Outcome;
  bands: Readonly<Record<string, number>>;
  content_hash: string;
  took_ms: number;
  at: string;
}

/** What the gateway takes in one body. */
const BATCH = 64;
const DRAFTS = 16;
/** One request every few seconds of writing, well inside the rate; a submission does not wait for it. */
const SEND_AFTER_MS = 4000;
const SHA256 = /^[0-9a-f]{64}$/;

/** Summaries are never worth an error or a wait: what cannot be sent is dropped. */
class PreviewLog {
  private items: Item[] = [];
  private drafts: DraftSummary[] = [];
  private hashing: Promise<void> = Promise.resolve();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private latest: { key: string; id: string } | undefined;

  add(preview: LoggedPreview): string {
    const { draftId, title, body, tier, policyDigest, model, verdict } = preview;
    const key = JSON.stringify([draftId, title, body, tier, policyDigest, model, verdict]);
    if (this.latest?.key === key) return this.latest.id;
    const id = uuid7();
    this.latest = { key, id };
    if (!previewsOn.peek() || !summariesOn.peek() || !SHA256.test(policyDigest)) return id;
    const at = new Date().toISOString();
    this.hashing = this.hashing.then(async () => {
      const hash = await saltedHash(id, title, body);
      if (hash) this.items.push(itemOf(preview, id, hash, at));
      this.items.splice(0, this.items.length - BATCH);
      this.schedule();
    });
    return id;
  }

  addDraft(summary: DraftSummary): void {
    if (!summariesOn.peek()) return;
    this.drafts.push(summary);
    this.drafts.splice(0, this.drafts.length - DRAFTS);
    this.schedule();
  }

  /** Sends what has its hash already: a page that goes away waits for nothing. */
  send(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const [items, drafts] = [this.items.splice(0), this.drafts.splice(0)];
    if ((items.length === 0 && drafts.length === 0) || !summariesOn.peek()) return;
    api<unknown>("/v1/previews", { method: "POST", body: { items, drafts }, keepalive: true }).catch(
      (error: unknown) => {
        if (!isProblem(error)) throw error;
      },
    );
  }

  async flush(): Promise<void> {
    await this.hashing;
    this.send();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => this.send(), SEND_AFTER_MS);
  }
}

const log = new PreviewLog();

/**
 * Notes what a preview said, for the distance between previews and decisions. The same word about the same text
 * twice in a row is one preview.
 *
 * @returns the preview's id: a submission of this text carries it
 */
export const logPreview = (preview: LoggedPreview): string => log.add(preview);

/** Notes how a text was written, when it is sent: with and without previews, else there is nothing to compare. */
export const logDraft = (summary: DraftSummary): void => log.addDraft(summary);

/** Sends what was noted now, as after a submission. */
export const flushPreviews = (): Promise<void> => log.flush();

/** Sends what is left when the page goes away. */
export function connectPreviewLog(): () => void {
  const leave = () => {
    if (document.visibilityState === "hidden") log.send();
  };
  document.addEventListener("visibilitychange", leave);
  return () => document.removeEventListener("visibilitychange", leave);
}

function itemOf(preview: LoggedPreview, id: string, hash: string, at: string): Item {
  return {
    preview_id: id,
    draft_id: preview.draftId,
    tier: preview.tier,
    policy_digest: preview.policyDigest,
    model: SHA256.test(preview.model) ? preview.model : "",
    verdict: preview.verdict,
    bands: preview.bands,
    content_hash: hash,
    took_ms: Math.round(preview.tookMs * 100) / 100,
    at,
  };
}

/**
 * What the server trims from a title: the characters of Unicode's property White_Space. `String.trim` differs in
 * two of them (U+0085 and U+FEFF), and one character more is another hash.
 */
const AROUND =
  /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/gu;

/** Title and body as the server writes them down (`Content.canonical` in shared/content.py): the same characters. */
function canonical(title: string, body: string): string {
  return JSON.stringify([title.replace(AROUND, ""), body]);
}

/**
 * Names a text without telling it: SHA-256 of the preview's id, a line break and the text, as hexadecimal. The id is
 * the salt, so equal texts have different names (`salted_hash` in shared/previews.py).
 *
 * @returns null where the browser has no Web Crypto (plain HTTP on another machine)
 */
export async function saltedHash(previewId: string, title: string, body: string): Promise<string | null> {
  if (!globalThis.crypto?.subtle) return null;
  const bytes = new TextEncoder().encode(`${previewId}\n${canonical(title, body)}`);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return hex(new Uint8Array(digest));
}
