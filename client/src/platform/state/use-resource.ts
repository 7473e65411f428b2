import { type Signal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { isAbort } from "../api/client";
import { onReconnect } from "../api/connectivity";

export interface Resource<Data> {
  data: Signal<Data | undefined>;
  error: Signal<unknown>;
  loading: Signal<boolean>;
  reload: () => void;
}

/**
 * Loads data for a component and cancels the request when the component unmounts. Loaded data stays on the screen while it is
 * loaded again; another `key` starts without data. A failed request is repeated when the server answers again.
 */
export function useResource<Data>(key: string, load: (signal: AbortSignal) => Promise<Data>): Resource<Data> {
  const loader = useMemo(() => new Loader(load), [key]);
  useEffect(() => {
    loader.start();
    const stop = onReconnect(() => loader.error.peek() !== undefined && loader.reload());
    return () => {
      stop();
      loader.stop();
    };
  }, [loader]);
  return loader;
}

class Loader<Data> implements Resource<Data> {
  readonly data = signal<Data | undefined>(undefined);
  readonly error = signal<unknown>(undefined);
  readonly loading = signal(true);
  private abort = new AbortController();

  constructor(private readonly load: (signal: AbortSignal) => Promise<Data>) {}

  readonly reload = (): void => {
    this.stop();
    this.start();
  };

  start(): void {
    this.abort = new AbortController();
    void this.run(this.abort.signal);
  }

  stop(): void {
    this.abort.abort();
  }

  private async run(signal: AbortSignal): Promise<void> {
    this.loading.value = true;
    this.error.value = undefined;
    try {
      const data = await this.load(signal);
      if (signal.aborted) return;
      this.data.value = data;
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      this.error.value = error;
    }
    this.loading.value = false;
  }
}
