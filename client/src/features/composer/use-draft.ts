import { type Signal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { type Draft, DraftKeeper, emptyDraft } from "../../platform/state/drafts";

export interface DraftHandle {
  draft: Signal<Draft>;
  /** Whether the text was found on this device rather than written now. */
  restored: boolean;
  change: (part: Partial<Draft>) => void;
  clear: () => void;
  /** Starts over with another id. */
  renew: (start: Draft) => void;
}

/** The draft of one place: restored when there is one, kept on every pause. */
export function useDraft(slot: string, start: Partial<Draft> = {}): DraftHandle {
  const { handle, keeper } = useMemo(() => openDraft(slot, start), [slot]);
  useEffect(() => {
    keeper.connect();
    return () => keeper.disconnect();
  }, [keeper]);
  return handle;
}

function openDraft(slot: string, start: Partial<Draft>): { handle: DraftHandle; keeper: DraftKeeper } {
  const keeper = new DraftKeeper(slot);
  const stored = keeper.restore();
  const draft = signal<Draft>(stored ?? { ...emptyDraft(), ...start });
  if (!draft.value.community) draft.value = { ...draft.value, community: start.community ?? "" };
  const handle: DraftHandle = {
    draft,
    restored: stored !== null,
    change: (part) => {
      draft.value = { ...draft.value, ...part };
      keeper.keep(draft.value);
    },
    clear: () => keeper.clear(),
    renew: (fresh) => {
      draft.value = fresh;
      keeper.keep(fresh);
    },
  };
  return { handle, keeper };
}
