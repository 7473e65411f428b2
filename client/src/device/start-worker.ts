import workerUrl from "./worker?worker&url";

interface ScriptUrls {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL: (url: string) => string };
}

/** The page may start this one worker and no other script: the name stands in its content security policy. */
const policy = (globalThis as { trustedTypes?: ScriptUrls }).trustedTypes?.createPolicy("ottit-worker", {
  createScriptURL: (url) => {
    if (url !== workerUrl) throw new TypeError("not the worker of this page");
    return url;
  },
});

export function startWorker(): Worker {
  return new Worker(policy?.createScriptURL(workerUrl) ?? workerUrl, { type: "module", name: "model" });
}
