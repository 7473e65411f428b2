import { api, isProblem } from "../../platform/api/client";
import type { Outcome } from "../../platform/api/types";
import { hex, uuid7 } from "../../platform/browser/uuid";
import { previewsEnabled, summariesEnabled } from "./previews-enabled";

/** The source of a preview: 0 public rules, 1 model on this device, 2 the user's own provider, 3 dry run on the server. */
export type Tier = 0 | 1 | 2 | 3;

/** The part of a text that a preview is about, in code points. Nothing is known about the rest. */
export interface Extent {
  read: number;
  unread: number;
}

/** A preview to log. Title and body are hashed here and never sent. */
export interface LoggedPreview {
  /** The id of the post, also before it is submitted. */
  draftId: string;
  title: string;
  body: string;
  tier: Tier;
  policyDigest: string;
  /** The SHA-256 of the model's file; anything else is sent as empty. */
  model: string;
  outcome: Outcome;
  /** Category → band of its score, 0 to 9: too coarse to recognize a text by its scores. */
  bands: Readonly<Record<string, number>>;
  tookMs: number;
  extent: Extent;
}

/** Summary of writing one text: how often its author paused over a changed text, and for how long they wrote. */
export interface DraftSummary {
  draft_id: string;
  changes: number;
  writing_ms: number;
}

/** One item of `POST /v1/previews`. */
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
  read: number;
  unread: number;
  at: string;
}

/** The gateway's limits for one request body. */
const BATCH = 64;
const DRAFTS = 16;
/** At most one request every few seconds of writing, well below the rate limit; a submission does not wait for it. */
const SEND_AFTER_MS = 4000;
const SHA256 = /^[0-9a-f]{64}$/;

/** Collects summaries and sends them in batches. Those that cannot be sent are dropped: they are not worth an error or a wait. */
class PreviewLog {
  private items: Item[] = [];
  private drafts: DraftSummary[] = [];
  private hashing: Promise<void> = Promise.resolve();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private latest: { key: string; id: string } | undefined;

  add(preview: LoggedPreview): string {
    const { draftId, title, body, tier, policyDigest, model, outcome, extent } = preview;
    const key = JSON.stringify([draftId, title, body, tier, policyDigest, model, outcome, extent.unread]);
    if (this.latest?.key === key) return this.latest.id;
    const id = uuid7();
    this.latest = { key, id };
    if (!previewsEnabled.peek() || !summariesEnabled.peek() || !SHA256.test(policyDigest)) return id;
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
    if (!summariesEnabled.peek()) return;
    this.drafts.push(summary);
    this.drafts.splice(0, this.drafts.length - DRAFTS);
    this.schedule();
  }

  /** Sends the items whose hash is ready: a page that closes cannot wait for the others. */
  send(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const [items, drafts] = [this.items.splice(0), this.drafts.splice(0)];
    if ((items.length === 0 && drafts.length === 0) || !summariesEnabled.peek()) return;
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
 * Logs a preview, so that the server can compare previews with decisions. The same result for the same text twice in a
 * row counts as one preview.
 *
 * @returns the id of the preview, which a submission of this text carries
 */
export const logPreview = (preview: LoggedPreview): string => log.add(preview);

/** Logs how a submitted text was written, with or without previews, so that the two can be compared. */
export const logDraft = (summary: DraftSummary): void => log.addDraft(summary);

/** Sends everything that is logged, for example after a submission. */
export const flushPreviews = (): Promise<void> => log.flush();

/** Sends the rest when the page is hidden or closed. */
export function connectPreviewLog(): () => void {
  const sendIfHidden = () => {
    if (document.visibilityState === "hidden") log.send();
  };
  document.addEventListener("visibilitychange", sendIfHidden);
  return () => document.removeEventListener("visibilitychange", sendIfHidden);
}

function itemOf(preview: LoggedPreview, id: string, hash: string, at: string): Item {
  return {
    preview_id: id,
    draft_id: preview.draftId,
    tier: preview.tier,
    policy_digest: preview.policyDigest,
    model: SHA256.test(preview.model) ? preview.model : "",
    verdict: preview.outcome,
    bands: preview.bands,
    content_hash: hash,
    took_ms: Math.round(preview.tookMs * 100) / 100,
    read: preview.extent.read,
    unread: preview.extent.unread,
    at,
  };
}

/**
 * The characters that the server trims from a title: Unicode's property White_Space. `String.trim` differs in two of
 * them (U+0085 and U+FEFF), and one character more or less gives another hash.
 */
const TRIMMED =
  /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/gu;

/** Returns title and body as canonical JSON, character for character as the server does (`Content.canonical`). */
function canonical(title: string, body: string): string {
  return JSON.stringify([title.replace(TRIMMED, ""), body]);
}

/**
 * Hashes a text: SHA-256 of the preview's id, a line break and the text, in hexadecimal. The id is the salt, so equal
 * texts have different hashes (the server's `salted_hash` does the same).
 *
 * @returns null if the browser has no Web Crypto (plain HTTP on another machine)
 */
export async function saltedHash(previewId: string, title: string, body: string): Promise<string | null> {
  if (!globalThis.crypto?.subtle) return null;
  const bytes = new TextEncoder().encode(`${previewId}\n${canonical(title, body)}`);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return hex(new Uint8Array(digest));
}
