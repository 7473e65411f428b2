import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { OnnxModel } from "../../src/device/onnx-model";
import { highest, TextReader } from "../../src/device/text-reader";
import { strongestOf } from "../../src/features/previews/preview-from-scores";
import { windows } from "../../src/policy/windows";

/** Texts and what the server finds in them, by `tests/contract/readings.py`. Another file: `READINGS`. */
interface Golden {
  scores: string[];
  readings: { title: string; body: string; scores: number[]; marks: ([number, number] | null)[] }[];
}

const FILE = process.env.READINGS ?? "../tests/contract/model-golden/readings.json";
const ARTIFACTS = "../shared/model/artifacts";
/** Native and WebAssembly agree to about 2e-7, batches of different lengths to 1e-6. */
const TOLERANCE = 1e-5;

const golden = JSON.parse(readFileSync(FILE, "utf8")) as Golden;

function bytes(path: string): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

test("the device finds in every text what the server finds, in the same window", {
  timeout: 7_200_000,
}, async () => {
  const model = await OnnxModel.load(
    bytes("node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm"),
    bytes(`${ARTIFACTS}/model.onnx`),
    bytes(`${ARTIFACTS}/tokenizer.json`),
    { maxTokens: 256, dimensions: 384, scores: golden.scores },
  );
  const reader = new TextReader(
    model,
    async () => undefined,
    () => 0,
  );
  const found: number[][] = [];
  const different: string[] = [];
  for (const { title, body, scores, marks } of golden.readings) {
    const cut = windows(title, body);
    const request = { text: "", windows: cut.map(({ forms }) => forms), limitMs: 1 };
    const reading = await reader.read(request, new AbortController().signal);
    const read = cut.map(({ start, end }, place) => ({ start, end, scores: reading?.scores[place] ?? {} }));
    const top = highest(read.map((window) => window.scores));
    const label = JSON.stringify([title, body]).slice(0, 80);
    golden.scores.forEach((name, column) => {
      if (Math.abs((top[name] ?? -1) - (scores[column] ?? 9)) > TOLERANCE)
        different.push(`${name}: ${label}`);
      const [mark] = strongestOf(read, name);
      const expected = marks[column] ?? null;
      // Two windows may differ by less than the tolerance, for example the same sentence twice.
      const rival = read.find(({ start, end }) => expected && start === expected[0] && end === expected[1]);
      const isTie = (rival?.scores[name] ?? top[name] ?? 0) > (top[name] ?? 0) - TOLERANCE;
      if ((mark?.start !== expected?.[0] || mark?.end !== expected?.[1]) && !isTie)
        different.push(`mark of ${name}: ${label}`);
    });
    found.push(golden.scores.map((name) => top[name] ?? -1));
  }
  if (process.env.READINGS_OUT) writeFileSync(process.env.READINGS_OUT, JSON.stringify(found));
  expect(different).toEqual([]);
  expect(golden.readings.length).toBeGreaterThanOrEqual(20);
});
