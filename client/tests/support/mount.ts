import { type ComponentChild, render, type VNode } from "preact";
import { act } from "preact/test-utils";

interface Mounted {
  page: HTMLElement;
  /** Renders again, for example with other props. */
  update: <Props>(vnode: VNode<Props>) => void;
  unmount: () => void;
}

/** Renders into the document, so that focus and keyboard events work; `unmount` removes it again. */
export function mount<Props>(vnode: VNode<Props>): Mounted {
  const page = document.body.appendChild(document.createElement("div"));
  const update = <Next>(next: VNode<Next>) => act(() => render(next as ComponentChild, page));
  update(vnode);
  const unmount = () => {
    act(() => render(null, page));
    page.remove();
  };
  return { page, update, unmount };
}

/** The button with exactly this accessible name: its label or its text. */
export function button(page: HTMLElement, name: string): HTMLButtonElement {
  const found = [...page.querySelectorAll("button")].find(
    (element) => (element.getAttribute("aria-label") ?? element.textContent?.trim()) === name,
  );
  if (!found) throw new Error(`no button called ${name}`);
  return found;
}

/** Clicks, and waits until all promises that the click started have been rendered. */
export async function click(element: HTMLElement): Promise<void> {
  await act(async () => {
    element.click();
    await settled();
  });
}

/** Presses a key on the focused element or the document. */
export async function press(key: string): Promise<void> {
  await act(async () => {
    const target = document.activeElement ?? document;
    target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    await settled();
  });
}

/** Waits until the answers that were given so far have been rendered. */
export async function rendered(): Promise<void> {
  await act(async () => new Promise((resolve) => setTimeout(resolve)));
}

/** Lets fetches and what follows them run; a few turns, because each `await` takes one. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
