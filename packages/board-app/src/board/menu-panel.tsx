import { useRef } from "react";
import {
  PORTRAIT_BREAKPOINT,
  TldrawUiToolbar,
  useBreakpoint,
  usePassThroughWheelEvents,
  useTldrawUiComponents,
  useTranslation,
} from "tldraw";
import { text } from "../text/text.ts";
import { SaveBadgeView } from "../status/save-badge-view.tsx";
import { BoardName } from "./board-name.tsx";
import { UnreadableChip } from "./unreadable-chip.tsx";
import { ViewOnlyChip } from "./view-only-chip.tsx";

/**
 * Top left: tldraw's menus with the board's name between them, and what is true of its being saved.
 * Where there is little room, name and badge are a line of their own.
 */
export function BoardMenuPanel() {
  const isRoomy = useBreakpoint() >= PORTRAIT_BREAKPOINT.TABLET;
  const { MainMenu, PageMenu, QuickActions, ActionsMenu } = useTldrawUiComponents();
  const translated = useTranslation();
  const zone = useRef<HTMLElement>(null);
  usePassThroughWheelEvents(zone as React.RefObject<HTMLElement>);
  return (
    <section className="bw-top-left" data-roomy={isRoomy} aria-label={text.board.topBar}>
      <nav ref={zone} className="tlui-menu-zone">
        <div className="tlui-buttons__horizontal">
          {MainMenu && <MainMenu />}
          {isRoomy && <BoardName />}
          {PageMenu && <PageMenu />}
          {isRoomy && (
            <TldrawUiToolbar
              className="tlui-buttons__horizontal"
              label={translated("actions-menu.title")}
            >
              {QuickActions && <QuickActions />}
              {ActionsMenu && <ActionsMenu />}
            </TldrawUiToolbar>
          )}
        </div>
      </nav>
      <div className="bw-status-line">
        {!isRoomy && <BoardName />}
        <ViewOnlyChip />
        <UnreadableChip />
        <SaveBadgeView />
      </div>
    </section>
  );
}
