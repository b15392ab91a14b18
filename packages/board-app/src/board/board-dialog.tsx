import { Dialog } from "radix-ui";
import type { ReactNode } from "react";
import { Icon } from "../pages/icon.tsx";
import { text } from "../text/text.ts";
import { useDialogs, type DialogName } from "./board-dialogs.ts";

/** The frame of every dialog: a title, a way out, and the focus back where it was. */
export function BoardDialog(props: {
  name: NonNullable<DialogName>;
  title: string;
  children: ReactNode;
}) {
  const { open, show, returnFocus } = useDialogs();
  return (
    <Dialog.Root
      open={open === props.name}
      onOpenChange={(isOpen) => show(isOpen ? props.name : null)}
    >
      <Dialog.Portal>
        <Dialog.Overlay className="bw-overlay">
          <Dialog.Content
            className="bw-dialog"
            aria-describedby={undefined}
            // The dialog itself, so that its title is what is read first.
            onOpenAutoFocus={(event) => {
              event.preventDefault();
              if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus();
            }}
            onCloseAutoFocus={(event) => {
              event.preventDefault();
              returnFocus();
            }}
          >
            <header>
              <Dialog.Title>{props.title}</Dialog.Title>
              <Dialog.Close className="bw-icon-button" aria-label={text.common.close}>
                <Icon name="close" />
              </Dialog.Close>
            </header>
            {props.children}
          </Dialog.Content>
        </Dialog.Overlay>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
