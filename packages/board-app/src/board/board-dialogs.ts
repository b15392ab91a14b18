import { createContext, use } from "react";

/** Which of the board's dialogs is open. One at a time. */
export type DialogName = "share" | "export" | "import" | null;

export interface BoardDialogs {
  readonly open: DialogName;
  readonly show: (dialog: DialogName) => void;
}

export const BoardDialogsContext = createContext<BoardDialogs>({ open: null, show: () => {} });

export function useDialogs(): BoardDialogs {
  return use(BoardDialogsContext);
}
