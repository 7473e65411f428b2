import workerUrl from "./model-worker?worker&url";

interface ScriptUrls {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL: (url: string) => string };
}

/** Allows this one worker script under Trusted Types; the content security policy names this policy. */
const policy = (globalThis as { trustedTypes?: ScriptUrls }).trustedTypes?.createPolicy("ottit-worker", {
  createScriptURL: (url) => {
    if (url !== workerUrl) throw new TypeError("not the worker of this page");
    return url;
  },
});

export function startModelWorker(): Worker {
  return new Worker(policy?.createScriptURL(workerUrl) ?? workerUrl, { type: "module", name: "model" });
}
