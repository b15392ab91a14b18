import { Popover } from "radix-ui";
import { PORTRAIT_BREAKPOINT, useBreakpoint, useMenuIsOpen } from "tldraw";
import { useBoard, useSessionState } from "../board/board-context.ts";
import { ownKeys } from "../board/own-keys.ts";
import { text } from "../text/text.ts";
import { Avatar } from "./avatar.tsx";
import { peopleOf } from "./people.ts";
import { PeoplePanel } from "./people-panel.tsx";

/** How many of the others are shown by a circle of their own. */
const maxAvatars = { roomy: 4, compact: 2 } as const;

/** Who is here, in a row; opens the panel with their names. */
export function PeopleMenu() {
  const { session } = useBoard();
  const peers = useSessionState(session, "peers");
  const identity = useSessionState(session, "identity");
  const isRoomy = useBreakpoint() >= PORTRAIT_BREAKPOINT.TABLET_SM;
  const [isOpen, setIsOpen] = useMenuIsOpen("boardwalk-people");
  const people = peopleOf(peers, identity);
  const shown = people.slice(0, isRoomy ? maxAvatars.roomy : maxAvatars.compact);
  const more = people.length - shown.length;
  return (
    <Popover.Root open={isOpen} onOpenChange={setIsOpen}>
      <Popover.Trigger asChild>
        <button
          {...ownKeys}
          type="button"
          className="bw-avatars"
          aria-label={text.people.open(people.length + 1)}
          title={text.people.open(people.length + 1)}
        >
          {more > 0 && <span className="bw-avatar bw-avatar-more">{text.people.more(more)}</span>}
          {shown.map((person) => (
            <Avatar
              key={person.clientIds[0]}
              name={person.name || text.people.anonymous}
              color={person.color}
              idle={person.idle}
            />
          ))}
          <Avatar name={identity.name} color={identity.color} />
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="bw-popover"
          side="bottom"
          align="end"
          sideOffset={8}
          collisionPadding={8}
          aria-label={text.people.title}
          // The panel, not its first field: on a phone that would bring up the keyboard.
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus();
          }}
        >
          <PeoplePanel people={people} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
