import { canEdit } from "@boardwalk/board-model";
import {
  ColorSchemeMenu,
  DefaultMainMenu,
  EditSubmenu,
  KeyboardShortcutsMenuItem,
  LanguageMenu,
  TldrawUiMenuActionItem,
  TldrawUiMenuGroup,
  TldrawUiMenuItem,
  TldrawUiMenuSubmenu,
  ToggleDynamicSizeModeItem,
  ToggleEdgeScrollingItem,
  ToggleFocusModeItem,
  ToggleGridItem,
  ToggleKeyboardShortcutsItem,
  TogglePasteAtCursorItem,
  ToggleReduceMotionItem,
  ToggleSnapModeItem,
  ToggleToolLockItem,
  ToggleWrapModeItem,
  ViewSubmenu,
} from "tldraw";
import { text } from "../text/text.ts";
import { useBoard, useSessionState } from "./board-context.ts";
import { useDialogs } from "./board-dialogs.ts";

/** tldraw's main menu without embeds and debugging, with the board's own entries. */
export function BoardMainMenu() {
  const role = useSessionState(useBoard().session, "role");
  const { show } = useDialogs();
  const words = text.board.menu;
  return (
    <DefaultMainMenu>
      <TldrawUiMenuGroup id="board">
        <TldrawUiMenuItem
          id="all-boards"
          label={words.home}
          readonlyOk
          onSelect={() => window.location.assign("/")}
        />
        <TldrawUiMenuItem
          id="share"
          label={words.share}
          readonlyOk
          onSelect={() => show("share")}
        />
        <TldrawUiMenuItem
          id="export"
          label={words.exportBoard}
          readonlyOk
          onSelect={() => show("export")}
        />
        {role !== null && canEdit(role) && (
          <>
            <TldrawUiMenuItem
              id="import"
              label={words.importFile}
              onSelect={() => show("import")}
            />
            <TldrawUiMenuItem id="history" label={words.history} onSelect={() => show("history")} />
            <TldrawUiMenuItem id="clear" label={words.clearPage} onSelect={() => show("clear")} />
          </>
        )}
      </TldrawUiMenuGroup>
      <TldrawUiMenuGroup id="basic">
        <EditSubmenu />
        <ViewSubmenu />
        <TldrawUiMenuActionItem actionId="insert-media" />
      </TldrawUiMenuGroup>
      <TldrawUiMenuGroup id="preferences">
        <TldrawUiMenuSubmenu id="preferences" label="menu.preferences">
          <TldrawUiMenuGroup id="preferences-actions">
            <ToggleSnapModeItem />
            <ToggleToolLockItem />
            <ToggleGridItem />
            <ToggleWrapModeItem />
            <ToggleFocusModeItem />
            <ToggleEdgeScrollingItem />
            <ToggleReduceMotionItem />
            <ToggleKeyboardShortcutsItem />
            <ToggleDynamicSizeModeItem />
            <TogglePasteAtCursorItem />
          </TldrawUiMenuGroup>
          <TldrawUiMenuGroup id="color-scheme">
            <ColorSchemeMenu />
          </TldrawUiMenuGroup>
        </TldrawUiMenuSubmenu>
        <LanguageMenu />
        <KeyboardShortcutsMenuItem />
      </TldrawUiMenuGroup>
    </DefaultMainMenu>
  );
}
