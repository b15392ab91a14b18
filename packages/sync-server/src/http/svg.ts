const svgNamespace = "http://www.w3.org/2000/svg";

/** What may stand before the root element: declaration, comments, a DOCTYPE without entities. */
const preamble =
  /^\uFEFF?(?:<\?xml\s[^<>]*?\?>)?(?:\s+|<!--[^]*?-->|<\?(?!xml\s)[^<>]*?\?>|<!DOCTYPE\s+svg\b[^[\]<>]*>)*/;
const rootElement =
  /^<(?:([A-Za-z_][\w.-]*):)?svg((?:\s+[^\s=<>"'/]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*\/?>/;
const declaredEncoding = /^\uFEFF?<\?xml\s[^<>]*?encoding\s*=\s*["']([^"']*)["']/;

/**
 * Whether a file that starts with `head` is an SVG: UTF-8, with `<svg>` in the SVG namespace as its
 * root. Stricter than a browser on purpose: HTML that merely contains an `<svg>` is not one, and a
 * DOCTYPE that declares entities is refused.
 */
export function isSvg(head: Uint8Array): boolean {
  const text = decodeUtf8(head);
  if (text === null || !/^\uFEFF?\s*</.test(text)) return false;
  const encoding = declaredEncoding.exec(text)?.[1];
  if (encoding !== undefined && !/^(utf-8|us-ascii)$/i.test(encoding)) return false;
  const root = rootElement.exec(text.slice(preamble.exec(text)?.[0].length ?? 0));
  if (root === null) return false;
  const [, prefix, attributes = ""] = root;
  const declaration = prefix === undefined ? "xmlns" : `xmlns:${prefix}`;
  return attributeOf(attributes, declaration) === svgNamespace;
}

function attributeOf(attributes: string, name: string): string | null {
  for (const [, key, double, single] of attributes.matchAll(
    /\s([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g,
  )) {
    if (key === name) return double ?? single ?? null;
  }
  return null;
}

/** null when the bytes are not UTF-8. A character cut off at the end is left out. */
function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, {
      stream: true,
    });
  } catch {
    return null;
  }
}
