import { dirname } from "node:path";
import { expect, test } from "vitest";
import { cycles, grouped, readImports } from "./source-graph";

/** What each layer may import besides itself. `device` and `policy` stand alone, so that other sites can use them. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  app: ["features", "ui", "platform", "device", "policy"],
  features: ["ui", "platform", "device", "policy"],
  ui: ["platform"],
  platform: ["device", "policy"],
  device: [],
  policy: [],
};

/** The files of a feature that other features may import. A feature that is not named here offers nothing. */
const SURFACES: Readonly<Record<string, readonly string[]>> = {
  accounts: ["proof.tsx"],
  communities: ["communities.ts", "CommunityNote.tsx"],
  composer: ["ReplyComposer.tsx", "use-composer.ts", "submission-status.ts"],
  "own-key": [
    "OwnKeyPanel.tsx",
    "provider-assessment.ts",
    "ask-provider.ts",
    "provider-error.ts",
    "provider-setup.ts",
  ],
  posts: ["PostCard.tsx"],
  previews: ["preview.ts", "use-previews.ts", "use-preview-log.ts"],
  recommendations: ["InterestSwitch.tsx", "NotInterestedPanel.tsx", "RecommendationsNote.tsx"],
  suggestions: ["Suggestions.tsx", "use-suggestions.ts", "suggestion-source.ts"],
};

const graph = readImports();
const layerOf = (file: string) => file.split("/")[0] ?? "";
const featureOf = (file: string) => (layerOf(file) === "features" ? (file.split("/")[1] ?? "") : "");
const imports = Array.from(graph).flatMap(([file, targets]) =>
  Array.from(targets, (target) => ({ file, target })),
);

test("the source tree is read", () => {
  expect(graph.size).toBeGreaterThan(100);
  expect(graph.get("app/App.tsx")).toContain("app/routes.tsx");
});

test("layers import downwards only", () => {
  const upwards = imports.filter(({ file, target }) => {
    const [from, to] = [layerOf(file), layerOf(target)];
    return from !== to && !LAYERS[from]?.includes(to);
  });
  expect(upwards).toEqual([]);
});

test("files have no circular imports", () => {
  expect(cycles(graph)).toEqual([]);
});

test("folders have no circular imports", () => {
  expect(cycles(grouped(graph, dirname))).toEqual([]);
});

test("a feature imports another one only through its surface", () => {
  const around = imports.filter(({ file, target }) => {
    const [from, to] = [featureOf(file), featureOf(target)];
    return from && to && from !== to && !SURFACES[to]?.some((name) => target === `features/${to}/${name}`);
  });
  expect(around).toEqual([]);
});
