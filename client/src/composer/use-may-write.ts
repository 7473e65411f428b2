import { useRef } from "preact/hooks";
import { can } from "../session/capabilities";

/** Writing that has begun stays on the page when the session ends under it: the strip says what to do. */
export function useMayWrite(): boolean {
  const began = useRef(false);
  began.current ||= can("submit_post");
  return began.current;
}
