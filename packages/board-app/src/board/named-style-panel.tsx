import { useEffect, useRef } from "react";
import { DefaultStylePanel, useTranslation, type TLUiStylePanelProps } from "tldraw";

/**
 * tldraw's style panel, with names for screen readers: 3.15 gives its slider none, nor the groups of
 * its choices. It offers no other way to them than the elements it has made.
 */
export function NamedStylePanel(props: TLUiStylePanelProps) {
  const panel = useRef<HTMLDivElement>(null);
  const opacity = useTranslation()("style-panel.opacity");
  useEffect(() => {
    const element = panel.current;
    if (element === null) return undefined;
    const giveNames = (): void => {
      for (const slider of element.querySelectorAll("[role=slider]")) slider.ariaLabel = opacity;
      for (const group of element.querySelectorAll("[role=radiogroup]")) {
        group.ariaLabel = group.closest("[role=toolbar]")?.ariaLabel ?? null;
      }
    };
    giveNames();
    const observer = new MutationObserver(giveNames);
    observer.observe(element, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, [opacity]);
  return (
    <div ref={panel} className="bw-style-panel">
      <DefaultStylePanel {...props} />
    </div>
  );
}
