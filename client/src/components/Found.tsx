/** How a search came to a post. */
export function Found({ why }: { why: string }) {
  return (
    <span class="found">
      <span class="found-by">found by </span>
      {why === "exact" ? "exact words" : why}
    </span>
  );
}
