import { type Inline, parseInline } from "./parse-inline";
import { type Block, parseBlocks } from "./parse-markdown";

/** A user's Markdown, rendered as elements with text, never as HTML. */
export function Markdown({ text }: { text: string }) {
  return (
    <div class="prose">
      {parseBlocks(text).map((block, index) => (
        <MarkdownBlock key={index} block={block} />
      ))}
    </div>
  );
}

function MarkdownBlock({ block }: { block: Block }) {
  switch (block.kind) {
    case "code":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a block that scrolls sideways must be reachable by keyboard.
        <pre tabIndex={0} dir="auto">
          <code>{block.text}</code>
        </pre>
      );
    case "heading":
      return (
        <p class="prose-heading" dir="auto">
          <InlineRuns line={block.text} />
        </p>
      );
    case "list":
      return <MarkdownList block={block} />;
    case "quote":
      return (
        <blockquote dir="auto">
          {block.blocks.map((inner, index) => (
            <MarkdownBlock key={index} block={inner} />
          ))}
        </blockquote>
      );
    default:
      return (
        <p dir="auto">
          {block.lines.map((line, index) => (
            <span key={index} class="prose-line" dir="auto">
              <InlineRuns line={line} />
            </span>
          ))}
        </p>
      );
  }
}

function MarkdownList({ block }: { block: Extract<Block, { kind: "list" }> }) {
  const List = block.ordered ? "ol" : "ul";
  return (
    <List>
      {block.items.map((item, index) => (
        <li key={index} dir="auto">
          <InlineRuns line={item} />
        </li>
      ))}
    </List>
  );
}

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
          {run.host && <bdi class="link-host">{` (${run.host})`}</bdi>}
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
