import { isProblem } from "../api/api";
import { describe } from "../state/describe";
import { decided } from "./decided";
import { previewed, type Said } from "./previewed";
import { quiet, type Verdict } from "./strip";
import type { Phase } from "./submission";

/** Puts preview and phase into one strip, so that the result appears where the preview was. */
export function verdict(phase: Phase, said: Said, hasText: boolean, mayAppeal = false): Verdict {
  switch (phase.name) {
    case "sending":
      return { ...quiet("Sending…"), source: "Server" };
    case "failed":
      return failed(phase.error);
    case "deciding":
      return { ...quiet("Received. The server is deciding…"), source: "Server" };
    case "decided":
      return decided(phase.decision, said.preview, mayAppeal);
    default:
      return previewed(said, hasText);
  }
}

function failed(error: unknown): Verdict {
  const { title, detail } = describe(error, "Your text is kept on this device.");
  const unknown = isProblem(error) && error.unreachable;
  const source = unknown ? "Not confirmed" : "Not sent";
  const notes = unknown
    ? [detail, "Should it have arrived after all, trying again makes no second post."]
    : [detail];
  return { tone: "problem", source, headline: title, reasons: [], notes };
}
