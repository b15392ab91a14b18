import { useEditor, useValue } from "tldraw";
import { useOwnerKey } from "../board/board-context.ts";
import { text } from "../text/text.ts";
import { Avatar } from "./avatar.tsx";
import { OwnIdentity } from "./own-identity.tsx";
import type { Person } from "./people.ts";
import { RemovePerson } from "./remove-person.tsx";
import { useArrivals, type Arrivals } from "./use-arrivals.ts";

export function PeoplePanel({ people }: { people: readonly Person[] }) {
  const ownerKey = useOwnerKey();
  const arrivals = useArrivals(ownerKey, people);
  return (
    <div className="bw-people">
      <OwnIdentity />
      <h2>{people.length === 0 ? text.people.alone : text.people.others(people.length)}</h2>
      {people.length > 0 && (
        <ul>
          {people.map((person) => (
            <PersonItem key={person.clientIds[0]} person={person} arrivals={arrivals} />
          ))}
        </ul>
      )}
    </div>
  );
}

function PersonItem({ person, arrivals }: { person: Person; arrivals: Arrivals | null }) {
  const editor = useEditor();
  const isFollowed = useValue(
    "is followed",
    () => editor.getInstanceState().followingUserId === person.id,
    [editor, person.id],
  );
  const name = person.name || text.people.anonymous;
  const words = text.people;
  const arrival = arrivals?.of(person) ?? null;
  const facts = [
    person.viewer && words.viewer,
    person.idle && words.idle,
    arrival !== null && words.cameBy(arrival.linkName),
  ].filter((fact) => fact !== false);
  return (
    <li>
      <div className="bw-person-row">
        <Avatar name={name} color={person.color} idle={person.idle} />
        <span className="bw-person">
          <span className="bw-person-name">{name}</span>
          {facts.length > 0 && <span className="bw-person-facts">{facts.join(" · ")}</span>}
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
      </div>
      {arrivals !== null && arrival !== null && (
        <RemovePerson name={name} remove={() => arrivals.remove(arrival)} />
      )}
    </li>
  );
}
