import { type Inline, parseInline } from "./inline";

/** One line of Markdown as text, links and emphasis. */
export function InlineRuns({ line }: { line: string }) {
  return (
    <>
      {parseInline(line).map((run, index) => (
        <Run key={index} run={run} />
      ))}
    </>
  );
}

function Run({ run }: { run: Inline }) {
  switch (run.kind) {
    case "link":
      return (
        <a href={run.href} target="_blank" rel="nofollow noopener noreferrer ugc">
          {run.text}
        </a>
      );
    case "code":
      return <code>{run.text}</code>;
    case "strong":
      return <strong>{run.text}</strong>;
    case "emphasis":
      return <em>{run.text}</em>;
    default:
      return <>{run.text}</>;
  }
}
