import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api } from "../../../src/platform/api/client";
import { recordedFetch, recordWorkerRequest, requestLog } from "../../../src/platform/api/request-log";
import { answerWith, json } from "../../support/fake-fetch";

beforeEach(() => {
  requestLog.value = [];
});
afterEach(() => vi.unstubAllGlobals());

test("a request is logged by origin and purpose, with the bytes of both directions", async () => {
  answerWith(json({ ok: true }, 200, { "content-length": "11" }), json({}, 202, { "content-length": "2" }));
  await api("/v1/feed");
  await api("/v1/posts", { method: "POST", body: { title: "ä" } });
  expect(requestLog.value).toEqual([
    {
      origin: "",
      purpose: "content",
      requests: 2,
      sent: 14,
      received: 13,
    },
  ]);
});

test("requests to another origin have their own row", async () => {
  answerWith(json({}, 200, { "content-length": "2" }));
  await recordedFetch("https://api.example.com/v1/chat", { method: "POST", body: "12345" }, "own_provider");
  recordWorkerRequest("/v1/device/files/abc.onnx", 1000);
  expect(
    requestLog.value.map(({ origin, purpose, sent, received }) => [origin, purpose, sent, received]),
  ).toEqual([
    ["https://api.example.com", "own_provider", 5, 2],
    ["", "device_model", 0, 1000],
  ]);
});

test("an answer without a Content-Length is counted as it is read", async () => {
  answerWith(json({ ok: true }));
  await (await recordedFetch("/v1/previews/check", { method: "POST", body: "{}" })).json();
  await vi.waitFor(() => expect(requestLog.value[0]?.received).toBe(11));
  expect(requestLog.value[0]?.purpose).toBe("server_checks");
});

test("a failed request is counted as sent", async () => {
  answerWith(new TypeError("network"));
  await expect(recordedFetch("/v1/feed")).rejects.toThrow("network");
  expect(requestLog.value[0]?.requests).toBe(1);
});

test("every request of the page goes through the request log", () => {
  const source = join(import.meta.dirname, "../../../src");
  const around = readdirSync(source, { recursive: true, encoding: "utf-8" })
    .filter(
      (name) => /\.tsx?$/.test(name) && !/\.test\.|worker/.test(name) && !name.endsWith("api/request-log.ts"),
    )
    .filter((name) =>
      /(?<![.\w] ?)fetch\(|new (EventSource|XMLHttpRequest|WebSocket)\(|sendBeacon/.test(
        readFileSync(join(source, name), "utf-8").replaceAll(/(private async|async) fetch\(/g, ""),
      ),
    );
  expect(around).toEqual([]);
});
