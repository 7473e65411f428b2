import { expect, test } from "vitest";
import vectors from "../../../../tests/contract/preview-hashes.json";
import { saltedHash } from "../../../src/features/previews/preview-log";

test.each(vectors)("$hash is the same hash as at the gateway", async ({ preview_id, title, body, hash }) => {
  expect(await saltedHash(preview_id, title, body)).toBe(hash);
});
