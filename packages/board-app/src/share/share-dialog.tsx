import { Tabs } from "radix-ui";
import { useBoard, useSessionState } from "../board/board-context.ts";
import { BoardDialog } from "../board/board-dialog.tsx";
import { text } from "../text/text.ts";
import { linksOf } from "./board-links.ts";
import { LinkField } from "./link-field.tsx";

export function ShareDialog() {
  return (
    <BoardDialog name="share" title={text.share.title}>
      <ShareLinks />
    </BoardDialog>
  );
}

/** Who may edit passes on either right; who may only look, that. */
function ShareLinks() {
  const { session } = useBoard();
  const { role } = useSessionState(session);
  const words = text.share;
  if (role === null) return <p>{words.waiting}</p>;
  const { boardId, token } = session;
  const links = linksOf({ origin: window.location.origin, boardId, token, role });
  const view = <LinkField link={links.view} name={words.viewLink} allows={words.viewAllows} />;
  if (links.edit === null) return view;
  return (
    <Tabs.Root defaultValue="edit">
      <Tabs.List className="bw-tabs" aria-label={words.title}>
        <Tabs.Trigger value="edit">{words.editTab}</Tabs.Trigger>
        <Tabs.Trigger value="view">{words.viewTab}</Tabs.Trigger>
      </Tabs.List>
      <Tabs.Content value="edit" className="bw-tab">
        <LinkField link={links.edit} name={words.editLink} allows={words.editAllows} />
      </Tabs.Content>
      <Tabs.Content value="view" className="bw-tab">
        {view}
      </Tabs.Content>
    </Tabs.Root>
  );
}
