import { useEffect } from "preact/hooks";
import { isProblem } from "../api/api";
import { loadPolicy, type Previewer, previewer, refused } from "./policy";

/** The rules of this device, brought up to date when writing begins. Without them writing goes on: the strip says so. */
export function usePreviewer(): { previewer: Previewer; trouble: string } {
  useEffect(() => {
    loadPolicy().catch((error: unknown) => {
      if (!isProblem(error)) throw error;
    });
  }, []);
  return { previewer: previewer.value, trouble: refused.value?.words ?? "" };
}
