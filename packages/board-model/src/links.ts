import { digest } from "lib0/hash/sha256";
import { toBase64UrlEncoded } from "lib0/buffer";

/** What a link may allow. `comment` is kept free for later. */
export const linkRoles = ["edit", "view"] as const;
export type LinkRole = (typeof linkRoles)[number];

/** What someone may do on a board. The owner's key allows all that links do, and more over REST. */
export type Role = "owner" | LinkRole;

export function canEdit(role: Role): boolean {
  return role !== "view";
}

const viewTokenLabel = new TextEncoder().encode("boardwalk view link v1\0");

/**
 * The token of the view link that goes with an edit link.
 *
 * Derived one way, so that whoever may edit can share a view-only link without the server keeping
 * any token in a readable form. The reverse, from view to edit, is not possible.
 */
export function viewTokenOf(editToken: string): string {
  const token = new TextEncoder().encode(editToken);
  const input = new Uint8Array(viewTokenLabel.length + token.length);
  input.set(viewTokenLabel);
  input.set(token, viewTokenLabel.length);
  return toBase64UrlEncoded(digest(input));
}
