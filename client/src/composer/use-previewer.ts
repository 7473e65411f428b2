import { useEffect } from "preact/hooks";
import { isProblem } from "../api/api";
import { loadPolicy, previewer } from "./policy";
import type { Previewer } from "./preview";

/** The rules of this device, brought up to date when writing begins. Without them writing goes on: the strip says so. */
export function usePreviewer(): Previewer {
  useEffect(() => {
    loadPolicy().catch((error: unknown) => {
      if (!isProblem(error)) throw error;
    });
  }, []);
  return previewer.value;
}
