import { announce, report } from "./notices";

/** Puts words on the clipboard and says so; `otherwise`: what to do where the browser does not let the page. */
export async function copyText(text: string, said: string, otherwise: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    announce(said);
  } catch (error) {
    report(error, otherwise);
  }
}
