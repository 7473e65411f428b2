import { type Mock, vi } from "vitest";

export interface Sent {
  url: string;
  init: RequestInit;
}

/** Replaces `fetch` with one that gives these answers in order; returns the requests. */
export function answerWith(...answers: (Response | Error)[]): Sent[] {
  const sent: Sent[] = [];
  const fake: Mock = vi.fn(async (url: string, init: RequestInit) => {
    sent.push({ url, init });
    const answer = answers.shift();
    if (!answer) throw new Error(`nothing prepared for ${url}`);
    if (answer instanceof Error) throw answer;
    return answer;
  });
  vi.stubGlobal("fetch", fake);
  return sent;
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

export function headersOf(sent: Sent | undefined): Record<string, string> {
  return (sent?.init.headers ?? {}) as Record<string, string>;
}
