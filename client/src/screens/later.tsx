import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { Failure } from "../components/Failure";
import { Skeleton } from "../components/Skeleton";
import { Screen } from "./Screen";

/** A screen whose code comes when it is first opened: most people never need it. `title` stands while it comes. */
export function later<Props extends object>(
  title: string,
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  const loaded = signal<ComponentType<Props> | null>(null);
  const error = signal<unknown>(undefined);

  function fetchScreen(): void {
    error.value = undefined;
    load().then(
      (screen) => {
        loaded.value = screen;
      },
      (reason: unknown) => {
        error.value = reason;
      },
    );
  }

  return function Later(props: Props) {
    useEffect(() => {
      if (!loaded.value) fetchScreen();
    }, []);
    const Loaded = loaded.value;
    if (Loaded) return <Loaded {...props} />;
    return (
      <Screen title={title}>
        {error.value === undefined ? (
          <Skeleton items={1} />
        ) : (
          <Failure error={error.value} retry={fetchScreen} />
        )}
      </Screen>
    );
  };
}
