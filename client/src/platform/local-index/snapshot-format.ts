import { uuidOf } from "../browser/uuid";
import type { IndexedPost, Snapshot, SnapshotUpdate } from "./snapshot";

const MAGIC = "OTPK";
/** The layout that this page reads; services/gateway/device/snapshot_format.py describes it. */
const FORMAT = 1;

/** The bytes have another format or are damaged: page and server differ in version. */
export class SnapshotFormatError extends Error {}

interface Header {
  format: number;
  rows: number;
  gone: number;
  until: string;
  whole: boolean;
  vectors: string;
  dimensions: number;
  communities: string[];
}

/**
 * Reads the bytes of an update.
 *
 * @throws SnapshotFormatError for another format, or bytes that end early
 */
export function decodeSnapshot(bytes: ArrayBuffer): SnapshotUpdate {
  const { head, begin } = decodeHeader(bytes);
  const { rows, dimensions } = head;
  const column = new ByteReader(bytes, begin);
  const created = new Float64Array(column.take(8 * rows));
  const sizes = new Float32Array(column.take(4 * rows));
  const titles = new Uint32Array(column.take(4 * (rows + 1)));
  const places = new Uint16Array(column.take(2 * rows));
  const ids = idsOf(column.take(16 * rows));
  const steps = new Int8Array(column.take(rows * dimensions));
  const gone = idsOf(column.take(16 * head.gone));
  const text = column.take(titles[rows] ?? 0);
  const decoder = new TextDecoder();
  const posts = ids.map((id, row): IndexedPost => {
    const title = decoder.decode(text.slice(titles[row], titles[row + 1]));
    const community = head.communities[places[row] ?? 0] ?? "";
    return { id, title, community, created: created[row] ?? 0 };
  });
  const { until, whole, vectors } = head;
  return { until, whole, vectors, dimensions, posts, sizes, steps, gone };
}

/** Writes a snapshot in the format of a whole update. */
export function encodeSnapshot(snapshot: Snapshot): Blob {
  const communities = [...new Set(snapshot.posts.map(({ community }) => community))];
  const place = new Map(communities.map((name, index) => [name, index]));
  const titles = snapshot.posts.map(({ title }) => new TextEncoder().encode(title));
  const begins = [0];
  for (const title of titles) begins.push((begins.at(-1) ?? 0) + title.length);
  const { until, vectors, dimensions, posts } = snapshot;
  const head: Header = {
    ...{ format: FORMAT, rows: posts.length, gone: 0, whole: true },
    ...{ until, vectors, dimensions, communities },
  };
  const text = new TextEncoder().encode(JSON.stringify(head));
  const padding = " ".repeat((8 - (text.length % 8)) % 8);
  return new Blob([
    MAGIC,
    new Uint32Array([text.length + padding.length]),
    ...[text, padding],
    Float64Array.from(posts, ({ created }) => created),
    snapshot.sizes,
    Uint32Array.from(begins),
    Uint16Array.from(posts, ({ community }) => place.get(community) ?? 0),
    ...posts.map(({ id }) => bytesOf(id)),
    snapshot.steps,
    ...titles,
  ]);
}

function decodeHeader(bytes: ArrayBuffer): { head: Header; begin: number } {
  const magic = new TextDecoder().decode(bytes.slice(0, 4));
  if (magic !== MAGIC || bytes.byteLength < 8) throw new SnapshotFormatError("the bytes are not an update");
  const length = new DataView(bytes).getUint32(4, true);
  const head = parseHeader(new TextDecoder().decode(bytes.slice(8, 8 + length)));
  if (head?.format !== FORMAT)
    throw new SnapshotFormatError(`format ${head?.format}, this page reads ${FORMAT}`);
  if (!isWhole(head)) throw new SnapshotFormatError("the header of the update is damaged");
  return { head, begin: 8 + length };
}

function parseHeader(text: string): Partial<Header> | null {
  try {
    return JSON.parse(text) as Partial<Header> | null;
  } catch {
    throw new SnapshotFormatError("the header of the update is not valid JSON");
  }
}

/** Returns whether a header has all fields. A damaged stored snapshot is loaded again from the server. */
function isWhole(head: Partial<Header>): head is Header {
  const { rows, gone, dimensions, until, whole, vectors, communities } = head;
  const counts = [rows, gone, dimensions].every((count) => Number.isSafeInteger(count) && Number(count) >= 0);
  const texts = typeof until === "string" && typeof vectors === "string" && typeof whole === "boolean";
  const named = Array.isArray(communities) && communities.every((name) => typeof name === "string");
  return counts && texts && named;
}

class ByteReader {
  constructor(
    private readonly bytes: ArrayBuffer,
    private at: number,
  ) {}

  take(length: number): ArrayBuffer {
    if (this.at + length > this.bytes.byteLength) throw new SnapshotFormatError("the update ends early");
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }
}

function idsOf(bytes: ArrayBuffer): string[] {
  return Array.from({ length: bytes.byteLength / 16 }, (_, row) =>
    uuidOf(new Uint8Array(bytes, 16 * row, 16)),
  );
}

function bytesOf(id: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(id.replaceAll("-", "").match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
