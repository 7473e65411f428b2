import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

const SOURCE = join(import.meta.dirname, "../../src");
/** Static, side-effect, re-exporting and dynamic imports of a relative path; type imports count, too. */
const IMPORT = /(?:\bfrom|\bimport\(?)\s*"(\.[^"?]+)(?:\?[^"]*)?"/g;

export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Every source file with the source files that it imports, as paths below `src`. */
export function readImports(): Graph {
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf-8" }).filter((path) =>
    /\.tsx?$/.test(path),
  );
  return new Map(files.map((file) => [file, new Set(importsOf(file))]));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(SOURCE, file), "utf-8");
  return Array.from(text.matchAll(IMPORT), ([, path = ""]) => normalize(join(dirname(file), path)))
    .map((path) => [`${path}.ts`, `${path}.tsx`].find((name) => existsSync(join(SOURCE, name))))
    .filter((path) => path !== undefined);
}

/** The same graph with every file replaced by its group; imports within a group are left out. */
export function grouped(graph: Graph, groupOf: (file: string) => string): Graph {
  const groups = new Map<string, Set<string>>();
  for (const [file, imports] of graph) {
    const group = groupOf(file);
    const targets = groups.get(group) ?? new Set();
    for (const target of imports) if (groupOf(target) !== group) targets.add(groupOf(target));
    groups.set(group, targets);
  }
  return groups;
}

/** The cycles that a depth-first walk meets, each as `a → b → a`. */
export function cycles(graph: Graph): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): void => {
    const start = path.indexOf(node);
    if (start !== -1) found.push([...path.slice(start), node].join(" → "));
    if (start !== -1 || done.has(node)) return;
    for (const next of graph.get(node) ?? []) visit(next, [...path, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return found;
}
