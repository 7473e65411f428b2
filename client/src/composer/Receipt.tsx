import { copyText } from "../state/copy";

/** The server's signed word about exactly this text, to keep. */
export function Receipt({ text }: { text: string }) {
  const copy = () => copyText(text, "Receipt copied.", "This browser does not let the page copy.");
  return (
    <p class="strip-note">
      The server has signed what it said.{" "}
      <button type="button" class="link-button" onClick={copy}>
        Copy the receipt
      </button>
    </p>
  );
}
