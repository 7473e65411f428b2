import { api } from "../api/api";
import type { components } from "../api/schema";
import { uuid7 } from "../api/uuid7";
import { saltedHash } from "./hash";

type Schemas = components["schemas"];
export type DryRun = Schemas["DecisionPreview"];
export type Receipt = Schemas["ReceiptOut"];
export type ReceiptFinding = Schemas["ReceiptFinding"];

interface Text {
  community: string;
  title: string;
  body: string;
}

/**
 * Tier 3: what the server would decide now, without effect. The text leaves the device for it, to our own server.
 * The receipt speeds up nothing.
 */
export function checkDraft({ community, title, body }: Text, signal?: AbortSignal): Promise<DryRun> {
  const call = {
    method: "POST",
    body: { community, title: title.trim(), body, preview_id: uuid7() },
  } as const;
  return api<DryRun>("/v1/previews/check", { ...call, ...(signal ? { signal } : {}) });
}

/** Whether the server stands by a receipt, for this text where one is given. */
export function verifyReceipt(
  { statement, key_id, signature }: Receipt,
  text?: Omit<Text, "community">,
): Promise<ReceiptFinding> {
  const body = { statement, key_id, signature, ...text };
  return api<ReceiptFinding>("/v1/previews/receipts/verify", { method: "POST", body });
}

/** Whether a receipt is about exactly this text, told without asking anybody; the signature is not looked at. */
export async function isAbout({ statement }: Receipt, title: string, body: string): Promise<boolean> {
  const said = JSON.parse(statement) as { preview_id: string; content_hash: string };
  return (await saltedHash(said.preview_id, title, body)) === said.content_hash;
}
