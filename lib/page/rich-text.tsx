/** @jsxRuntime automatic */
/** @jsxImportSource preact */

/** A command or a name in code, or words in bold, as chats and OpsCenter show them. */
const MARKED = /`([^`]+)`|\*\*([^*]+)\*\*/g;

const Marked = ({ text }: { text: string }) => {
  const parts: (string | preact.JSX.Element)[] = [];
  let from = 0;
  for (const { 0: all, 1: code, 2: bold, index } of text.matchAll(MARKED)) {
    parts.push(text.slice(from, index), code === undefined ? <strong>{bold}</strong> : <code>{code}</code>);
    from = index + all.length;
  }
  return <>{[...parts, text.slice(from)]}</>;
};

/** The little Markdown that Headroom writes: paragraphs, lines, code, bold. Nothing in it becomes a link or an element. */
export const RichText = ({ text }: { text: string }) => (
  <>
    {text.split(/\n{2,}/).map((paragraph) => (
      <p>
        {paragraph.split('\n').map((line) => (
          <span class={/^\s/.test(line) ? 'line indented' : 'line'}>
            <Marked text={line.trim()} />
          </span>
        ))}
      </p>
    ))}
  </>
);
