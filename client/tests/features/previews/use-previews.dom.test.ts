import { h } from "preact";
import { act } from "preact/test-utils";
import { afterEach, expect, test, vi } from "vitest";
import type { Subject } from "../../../src/features/previews/preview";
import { type DraftPreviews, usePreviews } from "../../../src/features/previews/use-previews";
import { policy } from "../../../src/platform/state/active-policy";
import type { PublicView } from "../../../src/policy/public-view";
import { json } from "../../support/fake-fetch";
import { mount } from "../../support/mount";
import { policyVectors } from "../../support/policy-vectors";

const { view } = policyVectors<{ view: PublicView }>("default");
const subject: Subject = { community: "garden", title: "", body: "When do you plant your tomatoes?" };
const result = {
  ...{ outcome: "published", reasons: [], model: "", took_ms: 84, receipt: {} },
  policy: { digest: view.digest, version: view.version },
};

let previews: DraftPreviews;
let page: ReturnType<typeof mount>;

function Composer({ subject }: { subject: Subject }) {
  previews = usePreviews(subject, true);
  return null;
}

/** Shows a composer whose server check waits until the returned function is called. */
function show(): { answer: () => Promise<void>; signal: () => AbortSignal | null | undefined } {
  let respond: (response: Response) => void = () => undefined;
  let signal: AbortSignal | null | undefined;
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    if (url !== "/v1/previews/check") return Promise.resolve(json({ code: "policy_missing" }, 404));
    signal = init.signal;
    return new Promise<Response>((resolve, reject) => {
      respond = resolve;
      signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
    });
  });
  page = mount(h(Composer, { subject }));
  const answer = () =>
    act(async () => {
      respond(json(result));
      await new Promise((resolve) => setTimeout(resolve));
    });
  return { answer, signal: () => signal };
}

afterEach(() => {
  page.unmount();
  policy.value = null;
  vi.unstubAllGlobals();
});

test("a server check that started before the policy arrived shows its result", async () => {
  const { answer } = show();
  act(() => previews.runDryRun());
  act(() => {
    policy.value = view;
  });
  expect(previews.dryRunning).toBe(true);
  await answer();
  expect(previews.dryRunning).toBe(false);
  expect(previews.state.preview?.tier).toBe(3);
});

test("an edit cancels the server check of the earlier text", async () => {
  const { signal } = show();
  act(() => previews.runDryRun());
  page.update(h(Composer, { subject: { ...subject, body: "Another question" } }));
  expect(signal()?.aborted).toBe(true);
  expect(previews.dryRunning).toBe(false);
});
