import type { TextRequest } from "../api/posts";
import { readStored } from "../browser/safe-storage";
import { uuid7 } from "../browser/uuid";
import { user } from "./session";

/** An unsent text. `id` becomes the id of the post. */
export interface Draft {
  id: string;
  community: string;
  title: string;
  body: string;
  /** Set while the text is on its way: it is sent again when the page is opened again. */
  request?: TextRequest;
}

const PREFIX = "ottit.draft.";
/** A pause between two words, so that at most one word is lost. */
const PAUSE_MS = 300;

export function emptyDraft(community = ""): Draft {
  return { id: uuid7(), community, title: "", body: "" };
}

/** The draft of one slot (a new post, a reply to one post), kept on this device. */
export class DraftStore {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private unsaved: Draft | undefined;
  private readonly key: string;
  private readonly saveNow = () => this.save();

  constructor(slot: string) {
    this.key = prefix() + slot;
  }

  connect(): void {
    window.addEventListener("pagehide", this.saveNow);
    document.addEventListener("visibilitychange", this.saveNow);
  }

  disconnect(): void {
    window.removeEventListener("pagehide", this.saveNow);
    document.removeEventListener("visibilitychange", this.saveNow);
    this.save();
  }

  restore(): Draft | null {
    const stored = readStored(this.key);
    return isDraft(stored) ? stored : null;
  }

  saveSoon(draft: Draft): void {
    this.unsaved = draft;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.saveNow, PAUSE_MS);
  }

  /** Saves a text that is on its way, at once. @returns false if the browser has no room for it */
  saveRequest(draft: Draft, request: TextRequest): boolean {
    clearTimeout(this.timer);
    this.unsaved = { ...draft, request };
    try {
      this.save();
    } catch {
      this.unsaved = undefined;
    }
    return this.hasRequest(request);
  }

  /** True while this very request is stored. Another tab may have sent it, or have stored another one. */
  hasRequest(request: TextRequest): boolean {
    return JSON.stringify(this.restore()?.request) === JSON.stringify(request);
  }

  /** Keeps the text without the request: only its author may send it now. */
  forgetRequest(request: TextRequest): void {
    const stored = this.restore();
    if (!stored || !this.hasRequest(request)) return;
    const { request: _, ...draft } = stored;
    localStorage.setItem(this.key, JSON.stringify(draft));
  }

  /** Deletes the draft that was sent with a request, unless another tab has written something else meanwhile. */
  clearSent(request: TextRequest): void {
    if (this.hasRequest(request)) this.clear();
  }

  /** Deletes the draft. Call it only after the server has confirmed the text. */
  clear(): void {
    clearTimeout(this.timer);
    this.unsaved = undefined;
    localStorage.removeItem(this.key);
  }

  private save(): void {
    if (!this.unsaved) return;
    const { title, body } = this.unsaved;
    if (title || body) localStorage.setItem(this.key, JSON.stringify(this.unsaved));
    else localStorage.removeItem(this.key);
    this.unsaved = undefined;
  }
}

/** True if this device has a draft for the slot. */
export function hasDraft(slot: string): boolean {
  return localStorage.getItem(prefix() + slot) !== null;
}

/** The slots of the user's texts that are on their way. */
export function slotsWithRequest(): string[] {
  const slots = draftKeys().map((key) => key.slice(prefix().length));
  return slots.filter((slot) => new DraftStore(slot).restore()?.request !== undefined);
}

/** Number of the user's drafts on this device. */
export function countDrafts(): number {
  return draftKeys().length;
}

/** Deletes all of the user's drafts from this device. */
export function deleteDrafts(): void {
  for (const key of draftKeys()) localStorage.removeItem(key);
}

function draftKeys(): string[] {
  const keys = Array.from({ length: localStorage.length }, (_, nth) => localStorage.key(nth) ?? "");
  return keys.filter((key) => key.startsWith(prefix()));
}

/** Contains the user's id: people who share a browser must not see each other's drafts. */
function prefix(): string {
  return `${PREFIX}${user.peek()?.id ?? ""}.`;
}

function isDraft(value: unknown): value is Draft {
  if (value === null || typeof value !== "object") return false;
  const fields = value as Record<string, unknown>;
  const isText = ["id", "community", "title", "body"].every((name) => typeof fields[name] === "string");
  return isText && (fields.request === undefined || isTextRequest(fields.request));
}

function isTextRequest(value: unknown): boolean {
  if (value === null || typeof value !== "object") return false;
  const { method, path, body } = value as Record<string, unknown>;
  const isKnown = method === "POST" || method === "PATCH";
  return isKnown && typeof path === "string" && path.startsWith("/v1/posts") && typeof body === "object";
}
