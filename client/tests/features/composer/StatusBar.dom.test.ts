import { h, render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { StatusBar } from "../../../src/features/composer/StatusBar";
import type { Phase } from "../../../src/features/composer/submission";
import { statusOf } from "../../../src/features/composer/submission-status";
import type { Preview, PreviewState, Tier } from "../../../src/features/previews/preview";
import { ApiProblem } from "../../../src/platform/api/api-problem";
import type { Accepted, Decision, Outcome, Reason } from "../../../src/platform/api/types";
import { language } from "../../../src/platform/i18n";
import { policy as activePolicy } from "../../../src/platform/state/active-policy";
import { answerWith, json } from "../../support/fake-fetch";

const writing: Phase = { name: "writing" };
const accepted: Accepted = { id: "p", revision: 1, sequence: 7, state: "pending" };
const policy = { digest: "d1", version: 3 };
const attack: Reason = {
  rule: "insult",
  category: "harassment",
  message: "This may be read as an attack.",
  spans: [{ start: 0, end: 5 }],
};

let page: HTMLElement;

beforeEach(() => {
  page = document.createElement("div");
});
afterEach(() => {
  act(() => render(null, page));
  language.value = { tag: "en", messages: {} };
});

function preview(tier: Tier, outcome: Outcome, reasons: Reason[] = []): PreviewState {
  const shown: Preview = {
    tier,
    subjectKey: "this text",
    outcome,
    reasons,
    isBorderline: false,
    hiddenRules: 3,
    usedModel: tier > 0,
    policy,
    model: "",
    bands: {},
    tookMs: 1,
    extent: { read: 9, unread: 0 },
  };
  return { preview: shown, stricter: null, running: [], problem: "" };
}

const NO_PREVIEW: PreviewState = { preview: null, stricter: null, running: [], problem: "" };

type Actions = Partial<Pick<Parameters<typeof StatusBar>[0], "onShow" | "onReword" | "onReadOn">>;

/** Renders the bar of a phase and preview, and returns its element with the role `status`. */
function bar(phase: Phase, state: PreviewState, actions: Actions = {}, hasText = true): HTMLElement {
  const draw = () => h(StatusBar, { id: "bar", status: statusOf(phase, state, hasText, true), ...actions });
  act(() => render(h(draw, {}), page));
  const element = page.querySelector<HTMLElement>('[role="status"]');
  if (!element) throw new Error("no element with the role status");
  return element;
}

function buttonNamed(name: string): HTMLButtonElement {
  const found = [...page.querySelectorAll("button")].find((button) => button.textContent === name);
  if (!found) throw new Error(`no button named ${name}`);
  return found;
}

function headline(): string | null | undefined {
  return page.querySelector(".status-bar-headline")?.textContent;
}

function source(): string | null | undefined {
  return page.querySelector(".status-bar-source")?.textContent;
}

function decided(outcome: Outcome, part: Partial<Decision> = {}): Phase {
  const decision: Decision = {
    outcome,
    reasons: outcome === "published" ? [] : [attack],
    policy,
    took_ms: 83.7,
    engine: "local",
    model: "m",
    decided_by: "engine",
    unjudged_languages: [],
    unjudged_spans: [],
    decided_at: "2026-11-23T10:00:00Z",
    ...part,
  };
  return { name: "decided", accepted, decision };
}

describe("the status bar", () => {
  test("is a polite live region, and its icons are hidden from screen readers", () => {
    const element = bar(writing, preview(1, "held", [attack]));
    expect(element.getAttribute("aria-live")).toBe("polite");
    const icons = [...element.querySelectorAll("svg")];
    expect(icons.length).toBeGreaterThan(0);
    expect(icons.every((icon) => icon.getAttribute("aria-hidden") === "true")).toBe(true);
  });

  test("offers help beside a likely publication, and no other wording", () => {
    const help = { ...attack, rule: "score.self_harm", category: "self_harm", message: "Help is near." };
    const policyOfHelp = {
      helplines: [{ name: "Line", contact: null, url: "https://line.example", countries: [] }],
    };
    answerWith(json({ code: "no_policy" }, 404));
    activePolicy.value = policyOfHelp as unknown as typeof activePolicy.value;
    const element = bar(writing, preview(1, "published", [help]), { onReword: () => undefined });
    expect(element.textContent).toContain("Help is near.");
    expect(element.querySelector('a[href="https://line.example"]')).toBeTruthy();
    expect(element.textContent).not.toContain("Suggest another wording");
    activePolicy.value = null;
    vi.unstubAllGlobals();
  });

  test("is quiet while there is no text", () => {
    expect(bar(writing, NO_PREVIEW, {}, false).className).toBe("status-bar quiet");
    expect(headline()).toBe("Checked as you write. Nothing leaves this device unless you ask for it.");
    expect(source()).toBe("Rules on this device");
  });

  test("says how much of a long text was read, and reads on at a click", () => {
    const state = preview(1, "published");
    if (state.preview) state.preview.extent = { read: 1200, unread: 2800 };
    const onReadOn = vi.fn();
    const partly = "Read 1,200 of 4,000 characters. Nothing is known about the rest.";
    expect(bar(writing, state, { onReadOn }).textContent).toContain(partly);
    buttonNamed("Read on").click();
    expect(onReadOn).toHaveBeenCalledOnce();
    const reading = bar(writing, { ...state, running: [1] }, { onReadOn });
    expect(reading.textContent).toContain("Reading: 1,200 of 4,000 characters so far…");
    expect(reading.querySelector("button")).toBeNull();
    expect(reading.querySelector('[aria-live="off"]')?.textContent).toContain("1,200");
  });

  test("names the active language's messages after a change of language", () => {
    bar(writing, preview(0, "published"));
    act(() => {
      language.value = { tag: "de", messages: { "previews.tier.0": "Regeln auf diesem Gerät" } };
    });
    expect(source()).toBe("Regeln auf diesem Gerät");
  });

  test("explains a missing preview", () => {
    const element = bar(writing, { ...NO_PREVIEW, problem: "The rules are not used." });
    expect(headline()).toBe("No preview right now.");
    expect(element.textContent).toContain("The rules are not used.");
    expect(element.textContent).toContain("You can post anyway: the server decides.");
  });

  test("shows that a tier is running", () => {
    bar(writing, { ...NO_PREVIEW, running: [3] });
    expect([headline(), source()]).toEqual(["Checking…", "asking the server…"]);
  });
});

describe("a preview", () => {
  test.each([
    [0, "Rules on this device"],
    [1, "Model on this device"],
    [2, "Your AI provider"],
    [3, "Server check"],
  ] as const)("of tier %i names its source", (tier, name) => {
    const element = bar(writing, preview(tier, "published"));
    expect([headline(), source()]).toEqual(["Likely published", name]);
    expect(element.className).toBe("status-bar quiet");
    expect(element.querySelectorAll("button")).toHaveLength(0);
  });

  test.each([
    ["held", "May be held"],
    ["rejected", "May be rejected"],
  ] as const)("that expects %s shows the reason and its actions", (outcome, words) => {
    const [onShow, onReword] = [vi.fn(), vi.fn()];
    const element = bar(writing, preview(0, outcome, [attack]), { onShow, onReword });
    expect(element.className).toBe(`status-bar ${outcome}`);
    expect(headline()).toBe(words);
    expect(element.querySelector("li")?.textContent).toContain("This may be read as an attack.");
    buttonNamed("Show the words").click();
    expect(onShow).toHaveBeenCalledWith(attack);
    buttonNamed("Suggest another wording").click();
    expect(onReword).toHaveBeenCalledOnce();
  });

  test("by the server offers its receipt", () => {
    const state = preview(3, "published");
    bar(writing, { ...state, preview: state.preview && { ...state.preview, receipt: "{}" } });
    expect(buttonNamed("Copy the receipt").disabled).toBe(false);
  });
});

describe("a submission", () => {
  test.each([
    [{ name: "sending" }, "Sending…"],
    [{ name: "deciding", accepted }, "Received. The server is deciding…"],
  ] as const)("in the phase %j shows its progress", (phase, words) => {
    const element = bar(phase, preview(0, "published"));
    expect([headline(), source()]).toEqual([words, "Server"]);
    expect(element.className).toBe("status-bar quiet");
  });

  test.each([
    ["published", "published", "Others can read it now."],
    ["held", "held for review", "A moderator reviews it before others can see it."],
    ["rejected", "not published", "Only you can see it. You can edit it and send it again."],
  ] as const)("that was %s shows the decision and the next step", (outcome, words, next) => {
    const element = bar(decided(outcome), preview(0, outcome));
    expect(element.className).toBe(`status-bar ${outcome}`);
    expect(headline()).toBe(`Decided by the server in 84 ms: ${words}`);
    expect(element.textContent).toContain(next);
    expect(element.textContent?.includes(attack.message)).toBe(outcome !== "published");
  });

  test("that a moderator decided names the moderator", () => {
    bar(decided("published", { decided_by: "person", took_ms: 0 }), NO_PREVIEW);
    expect(headline()).toBe("Decided by a moderator: published");
  });

  test.each([
    [new ApiProblem(0, { code: "unreachable" }), "Not confirmed"],
    [new ApiProblem(500, { code: "internal" }), "Not sent"],
  ])("that failed states what is safe", (error, words) => {
    const element = bar({ name: "failed", error }, preview(0, "published"));
    expect(element.className).toBe("status-bar problem");
    expect(source()).toBe(words);
    expect(element.textContent).toContain("Your text is kept on this device.");
  });
});
