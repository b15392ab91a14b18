import { isSignedToken } from "@boardwalk/board-model";
import { Tabs } from "radix-ui";
import { useBoard, useOwnerKey, useSessionState } from "../board/board-context.ts";
import { BoardDialog } from "../board/board-dialog.tsx";
import { text } from "../text/text.ts";
import { linksOf } from "./board-links.ts";
import { LinkField } from "./link-field.tsx";
import { OwnerPanel } from "./owner-panel.tsx";

export function ShareDialog() {
  return (
    <BoardDialog name="share" title={text.share.title}>
      <ShareTabs />
    </BoardDialog>
  );
}

/** Who may edit passes on either right; who may only look, that; the owner sees all links. */
function ShareTabs() {
  const { session } = useBoard();
  const linkRole = useSessionState(session, "linkRole");
  const token = useSessionState(session, "token");
  const hasViewLink = useSessionState(session, "hasViewLink");
  const ownerKey = useOwnerKey();
  const words = text.share;
  if (isSignedToken(token)) return <p>{words.bySignedToken}</p>;
  if (linkRole === null) return <p>{words.waiting}</p>;
  const { boardId } = session;
  const { origin } = window.location;
  const links = linksOf({ origin, boardId, token, role: linkRole, hasViewLink });
  const tabs = [
    links.edit !== null && {
      value: "edit",
      title: words.editTab,
      content: <LinkField link={links.edit} name={words.editLink} allows={words.editAllows} />,
    },
    links.view !== null && {
      value: "view",
      title: words.viewTab,
      content: <LinkField link={links.view} name={words.viewLink} allows={words.viewAllows} />,
    },
    ownerKey !== null && {
      value: "links",
      title: text.owner.tab,
      content: <OwnerPanel ownerKey={ownerKey} />,
    },
  ].filter((tab) => tab !== false);
  const [first, ...others] = tabs;
  if (first === undefined) return null;
  if (others.length === 0) return first.content;
  return (
    <Tabs.Root defaultValue={first.value}>
      <Tabs.List className="bw-tabs" aria-label={words.title}>
        {tabs.map(({ value, title }) => (
          <Tabs.Trigger key={value} value={value}>
            {title}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {tabs.map(({ value, content }) => (
        <Tabs.Content key={value} value={value} className="bw-tab">
          {content}
        </Tabs.Content>
      ))}
    </Tabs.Root>
  );
}
