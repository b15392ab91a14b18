import { getAssetUrlsByImport } from "@tldraw/assets/imports.vite";
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import {
  createTLStore,
  defaultBindingUtils,
  defaultShapeUtils,
  InstancePresenceRecordType,
  Tldraw,
  type IndexKey,
  type TLPageId,
  type TLRecord,
} from "tldraw";
import "tldraw/tldraw.css";
import { activity, Drawing } from "../activity.ts";

declare global {
  interface Window {
    /** Begins what the others do; returns what ends it. */
    startActivity?: (above: string) => () => void;
  }
}

/** tldraw with these records and nothing else; the others are played by a timer. */
export function showBoard(records: TLRecord[]): void {
  const store = createTLStore({ shapeUtils: defaultShapeUtils, bindingUtils: defaultBindingUtils });
  store.mergeRemoteChanges(() => store.put(records));
  const root = document.querySelector("#root");
  if (root === null) throw new Error("The page has no #root");
  createRoot(root).render(createElement(Tldraw, { store, assetUrls: getAssetUrlsByImport() }));
  window.startActivity = (above) => {
    const timers = Array.from({ length: activity.people }, (_, number) => {
      const drawing = new Drawing(number, above as IndexKey);
      const draw = setInterval(() => {
        const { after } = drawing.step();
        store.mergeRemoteChanges(() => store.put([after as unknown as TLRecord]));
      }, 1000 / activity.pointsPerSecond);
      const move = setInterval(() => {
        const presence = InstancePresenceRecordType.create({
          id: InstancePresenceRecordType.createId(String(number)),
          userId: `person-${number}`,
          userName: `Person ${number}`,
          color: "#e03131",
          currentPageId: "page:page" as TLPageId,
          cursor: { ...drawing.cursor, type: "default", rotation: 0 },
          lastActivityTimestamp: Date.now(),
        });
        store.mergeRemoteChanges(() => store.put([presence]));
      }, 1000 / activity.cursorsPerSecond);
      return [draw, move];
    });
    return () => timers.flat().forEach((timer) => clearInterval(timer));
  };
}
