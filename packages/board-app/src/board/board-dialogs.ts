import { createContext, use, useMemo, useRef, useState } from "react";

/** Which of the board's dialogs is open. One at a time. */
export type DialogName = "share" | "export" | "import" | "clear" | "history" | null;

export interface BoardDialogs {
  readonly open: DialogName;
  readonly show: (dialog: DialogName) => void;
  /** Gives the focus back to what had it when the dialog was opened. */
  readonly returnFocus: () => void;
}

export const BoardDialogsContext = createContext<BoardDialogs | null>(null);

export function useDialogs(): BoardDialogs {
  const dialogs = use(BoardDialogsContext);
  if (dialogs === null) throw new Error("useDialogs is for parts of an open board");
  return dialogs;
}

/** The state behind `BoardDialogsContext`. */
export function useDialogState(): BoardDialogs {
  const [open, setOpen] = useState<DialogName>(null);
  const opener = useRef<Element | null>(null);
  return useMemo(
    () => ({
      open,
      show(dialog) {
        if (dialog !== null) opener.current = document.activeElement;
        setOpen(dialog);
      },
      returnFocus() {
        // An entry of a menu is gone by now; the button that opens the menu stands for it.
        const from = opener.current;
        const isThere = from?.matches("button") === true && from.isConnected;
        const target = isThere ? from : document.querySelector(".bw-top-left button");
        if (target instanceof HTMLElement) target.focus();
      },
    }),
    [open],
  );
}
