import DOMPurify from "dompurify";

/** The SVG without scripts, event handlers and embedded pages; empty when it is none. */
export function sanitizeSvg(svg: string): string {
  const cleaned = DOMPurify.sanitize(svg, {
    USE_PROFILES: { svg: true, svgFilters: true },
    RETURN_DOM_FRAGMENT: true,
  });
  const picture = cleaned.querySelector("svg");
  // As XML, which its readers take it for: HTML has entities that XML does not know.
  return picture === null ? "" : new XMLSerializer().serializeToString(picture);
}
