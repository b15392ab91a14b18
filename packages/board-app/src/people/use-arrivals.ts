import type { Links, PersonHere } from "@boardwalk/board-model";
import { useEffect, useMemo, useState } from "react";
import { OwnerApi } from "../api/owner-api.ts";
import { useBoard } from "../board/board-context.ts";
import { linkName } from "../share/link-item.tsx";
import type { Person } from "./people.ts";

/** How someone came in: what only the owner is told. */
export interface Arrival {
  readonly connectionId: string;
  readonly linkName: string;
}

export interface Arrivals {
  of(person: Person): Arrival | null;
  /** Rejects with `ApiError`. */
  remove(arrival: Arrival): Promise<void>;
}

/** By which links the others came, read anew whenever someone comes or goes; null for non-owners. */
export function useArrivals(ownerKey: string | null, people: readonly Person[]): Arrivals | null {
  const { boards, session } = useBoard();
  const { boardId } = session;
  const owner = useMemo(
    () => (ownerKey === null ? null : new OwnerApi(boardId, ownerKey)),
    [boardId, ownerKey],
  );
  const [known, setKnown] = useState<{ people: PersonHere[]; links: Links["links"] } | null>(null);
  const clients = people.flatMap(({ clientIds }) => clientIds).join(" ");
  useEffect(() => {
    if (owner === null) return undefined;
    let isWanted = true;
    Promise.all([owner.people(), owner.links()]).then(
      ([here, { links }]) => isWanted && setKnown({ people: here, links }),
      () => {
        // The panel shows the people all the same, only not their links.
      },
    );
    return () => {
      isWanted = false;
    };
  }, [owner, clients]);

  if (owner === null) return null;
  return {
    of(person) {
      const here = known?.people.find(({ clientIds }) =>
        clientIds.some((clientId) => person.clientIds.includes(clientId)),
      );
      const link = known?.links.find(({ id }) => id === here?.linkId);
      if (here === undefined || link === undefined) return null;
      return { connectionId: here.connectionId, linkName: linkName(link) };
    },
    async remove({ connectionId }) {
      const { links } = await owner.remove(connectionId);
      for (const { id, token } of links) boards.rememberLink(boardId, id, token);
    },
  };
}
