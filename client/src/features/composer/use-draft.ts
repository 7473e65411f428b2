import { type Signal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { type Draft, DraftStore, emptyDraft } from "../../platform/state/drafts";

export interface DraftHandle {
  draft: Signal<Draft>;
  /** The text was restored from this device. */
  restored: boolean;
  change: (part: Partial<Draft>) => void;
  clear: () => void;
  /** Replaces the draft, including its id. */
  replace: (start: Draft) => void;
}

/** Restores the draft of a slot, and saves it on every pause. */
export function useDraft(slot: string, start: Partial<Draft> = {}): DraftHandle {
  const { handle, store } = useMemo(() => openDraft(slot, start), [slot]);
  useEffect(() => {
    store.connect();
    return () => store.disconnect();
  }, [store]);
  return handle;
}

function openDraft(slot: string, start: Partial<Draft>): { handle: DraftHandle; store: DraftStore } {
  const store = new DraftStore(slot);
  const stored = store.restore();
  const draft = signal<Draft>(stored ?? { ...emptyDraft(), ...start });
  if (!draft.value.community) draft.value = { ...draft.value, community: start.community ?? "" };
  const handle: DraftHandle = {
    draft,
    restored: stored !== null,
    change: (part) => {
      draft.value = { ...draft.value, ...part };
      store.saveSoon(draft.value);
    },
    clear: () => store.clear(),
    replace: (fresh) => {
      draft.value = fresh;
      store.saveSoon(fresh);
    },
  };
  return { handle, store };
}
