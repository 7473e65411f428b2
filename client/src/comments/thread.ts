import { createContext } from "preact";
import { useContext } from "preact/hooks";

export interface Thread {
  community: string;
  /** Loads the replies again, waiting for the read side to reach `sequence`. */
  refresh: (sequence: number) => void;
}

const ThreadContext = createContext<Thread | null>(null);

export const ThreadProvider = ThreadContext.Provider;

export function useThread(): Thread {
  const thread = useContext(ThreadContext);
  if (!thread) throw new Error("a reply needs a thread around it");
  return thread;
}
