import { useEffect } from "preact/hooks";
import { onReturn } from "../api/reach";
import type { PagedList } from "./paged-list";

/** Loads a list when it is first shown, and what failed of it when the server is back. */
export function useList<Item>(list: PagedList<Item> | null, wanted = true): void {
  useEffect(() => {
    if (!list || !wanted) return;
    void list.open();
    return onReturn(() => void list.recover());
  }, [list, wanted]);
}
