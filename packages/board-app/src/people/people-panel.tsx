import { useEditor, useValue } from "tldraw";
import { text } from "../text/text.ts";
import { Avatar } from "./avatar.tsx";
import type { Person } from "./people.ts";
import { OwnIdentity } from "./own-identity.tsx";

export function PeoplePanel({ people }: { people: readonly Person[] }) {
  return (
    <div className="bw-people">
      <OwnIdentity />
      <h2>{people.length === 0 ? text.people.alone : text.people.others(people.length)}</h2>
      {people.length > 0 && (
        <ul>
          {people.map((person) => (
            <PersonItem key={person.id} person={person} />
          ))}
        </ul>
      )}
    </div>
  );
}

function PersonItem({ person }: { person: Person }) {
  const editor = useEditor();
  const isFollowed = useValue(
    "is followed",
    () => editor.getInstanceState().followingUserId === person.id,
    [editor, person.id],
  );
  const name = person.name || text.people.anonymous;
  const words = text.people;
  return (
    <li>
      <Avatar name={name} color={person.color} idle={person.idle} />
      <span className="bw-person">
        <span className="bw-person-name">{name}</span>
        {(person.idle || person.viewer) && (
          <span className="bw-person-facts">
            {[person.viewer && words.viewer, person.idle && words.idle].filter(Boolean).join(" · ")}
          </span>
        )}
      </span>
      <button
        type="button"
        className="bw-button"
        aria-label={isFollowed ? words.stopFollowingPerson(name) : words.followPerson(name)}
        onClick={() => {
          if (isFollowed) editor.stopFollowingUser();
          else editor.startFollowingUser(person.id);
        }}
      >
        {isFollowed ? words.stopFollowing : words.follow}
      </button>
    </li>
  );
}
