import { announce, report } from "../state/notices";

/** The server's signed word about exactly this text, to keep. */
export function Receipt({ text }: { text: string }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      announce("Receipt copied.");
    } catch (error) {
      report(error, "This browser does not let the page copy.");
    }
  };
  return (
    <p class="strip-note">
      The server has signed what it said.{" "}
      <button type="button" class="link-button" onClick={copy}>
        Copy the receipt
      </button>
    </p>
  );
}
