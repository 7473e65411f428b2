import { expect, test } from "vitest";
import type { Snapshot } from "../../../src/platform/local-index/snapshot";
import {
  decodeSnapshot,
  encodeSnapshot,
  SnapshotFormatError,
} from "../../../src/platform/local-index/snapshot-format";
import { oneOf, random } from "../../support/random";

const SNAPSHOT: Snapshot = {
  until: "now",
  vectors: "model",
  dimensions: 4,
  posts: ["Tomatoes", "Ä日本", ""].map((title, row) => ({
    id: `0192f0c1-7e1f-7000-8000-00000000000${row}`,
    title,
    community: "garden",
    created: row,
  })),
  sizes: new Float32Array([0.5, 0, 1]),
  steps: new Int8Array(12).fill(7),
};
const VALUES = [null, -1, 0, 0.5, 1, 3, 1e300, "", "x", true, [], [1], {}, "[".repeat(50)];

test("what was written is read", async () => {
  const read = decodeSnapshot(await encodeSnapshot(SNAPSHOT).arrayBuffer());
  expect(read.posts).toEqual(SNAPSHOT.posts);
  expect(read.steps).toEqual(SNAPSHOT.steps);
});

test("damaged bytes are read or refused as such, whatever was changed", async () => {
  const whole = new Uint8Array(await encodeSnapshot(SNAPSHOT).arrayBuffer());
  for (let seed = 0; seed < 800; seed += 1) {
    const next = random(seed);
    const bytes = whole.slice(0, Math.floor(whole.length * Math.min(1, 2 * next())));
    for (let change = 0; change < 1 + 3 * next(); change += 1)
      bytes[Math.floor(next() * bytes.length)] = 256 * next();
    readOrRefuse(bytes, `seed ${seed}`);
  }
});

test("a header with any values is read or refused as such", async () => {
  const whole = new Uint8Array(await encodeSnapshot(SNAPSHOT).arrayBuffer());
  const length = new DataView(whole.buffer).getUint32(4, true);
  const head = JSON.parse(new TextDecoder().decode(whole.slice(8, 8 + length))) as object;
  for (let seed = 0; seed < 800; seed += 1) {
    const next = random(seed);
    const changes = { [oneOf(Object.keys(head), next)]: oneOf(VALUES, next) };
    const text = new TextEncoder().encode(JSON.stringify({ ...head, ...changes }));
    const bytes = new Uint8Array(8 + text.length + whole.length - 8 - length);
    bytes.set(whole.slice(0, 8));
    new DataView(bytes.buffer).setUint32(4, text.length, true);
    bytes.set(text, 8);
    bytes.set(whole.slice(8 + length), 8 + text.length);
    readOrRefuse(bytes, JSON.stringify(changes));
  }
});

function readOrRefuse(bytes: Uint8Array<ArrayBuffer>, from: string): void {
  try {
    decodeSnapshot(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  } catch (error) {
    expect(error, from).toBeInstanceOf(SnapshotFormatError);
  }
}
