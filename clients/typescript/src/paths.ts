/** Text as a segment of a path (docs/openapi.json, its preface). */

const PARTING = /[/?%\\\ufffd\x00-\x1f\x7f]|^~|^\.{0,2}$/;

/** Text that a path would not bring through goes as `~` and its Base64 in the form for URLs. */
export function segment(text: string): string {
  return PARTING.test(text) ? `~${base64url(text)}` : encodeURIComponent(text);
}

/** The path of a template in which each parameter has its value. */
export function filled(template: string, values: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    if (values[name] === undefined) throw new TypeError(`The path needs ${name}.`);
    return segment(String(values[name]));
  });
}

function base64url(text: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
