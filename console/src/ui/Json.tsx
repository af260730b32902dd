import { stringifyJson } from "@command-workflows/client";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";

import { useText } from "../text/text";

/** A JSON value, or a text that may be JSON. */
export function Json({ value, label }: { value: unknown; label: string }) {
  const { t } = useText();
  const text = typeof value === "string" ? prettyText(value) : pretty(value);
  return (
    <div className="code">
      <div className="code-copy">
        <CopyToClipboard
          variant="icon"
          copyButtonAriaLabel={`${t("common.copy")}: ${label}`}
          copySuccessText={t("common.copied")}
          copyErrorText={t("common.notCopied")}
          textToCopy={text}
        />
      </div>
      {/* A region that scrolls has to be reached by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
    </div>
  );
}

export function pretty(value: unknown): string {
  const text = stringifyJson(value === undefined ? null : value);
  return prettyText(text);
}

/** Indent JSON without touching the digits of its numbers. */
function prettyText(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  return text.replace(
    /"(?:[^"\\]|\\.)*"|[{[]\s*[}\]]|[{}[\],:]|\s+|[^\s{}[\],:"]+/g,
    (token) => {
      if (/^\s+$/.test(token)) return "";
      if (token === ":") return ": ";
      if (token === ",") return `,${line()}`;
      if (token === "{" || token === "[") {
        depth += 1;
        return token + line();
      }
      if (token === "}" || token === "]") {
        depth -= 1;
        return line() + token;
      }
      return /^[{[]/.test(token) ? token.replace(/\s+/, "") : token;
    },
  );
}
