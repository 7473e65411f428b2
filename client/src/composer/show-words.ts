import type { Reason } from "../api/types";
import { markText } from "./marks";

/** Selects the first words that a reason names, in whichever field they are. */
export function showWords(
  reason: Reason,
  bodyOffset: number,
  title: HTMLTextAreaElement | null,
  body: HTMLTextAreaElement | null,
): void {
  const inTitle = bodyOffset > 0 && (reason.spans?.[0]?.start ?? 0) < bodyOffset;
  const field = inTitle ? title : body;
  const mark =
    field && markText(field.value, inTitle ? 0 : bodyOffset, [reason]).find((run) => run.reason !== null);
  if (!field || !mark) return;
  field.focus();
  field.setSelectionRange(mark.start, mark.start + mark.text.length);
}
