import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { isProblem } from "../api/api";
import { loadPolicy, type Previewer, previewer } from "./policy";

/** The rules of this device, brought up to date when writing begins. Without them writing goes on: the strip says so. */
export function usePreviewer(): { previewer: Previewer; trouble: string } {
  const trouble = useSignal("");
  useEffect(() => {
    loadPolicy().then(
      (words) => {
        trouble.value = words;
      },
      (error: unknown) => {
        if (!isProblem(error)) throw error;
      },
    );
  }, [trouble]);
  return { previewer: previewer.value, trouble: trouble.value };
}
