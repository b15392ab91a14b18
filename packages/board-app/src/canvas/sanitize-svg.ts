import DOMPurify from "dompurify";

/** The SVG without scripts, event handlers and embedded pages. */
export function sanitizeSvg(svg: string): string {
  return DOMPurify.sanitize(svg, { USE_PROFILES: { svg: true, svgFilters: true } });
}
