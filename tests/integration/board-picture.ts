import { BoardDocument, type CreatedBoard } from "@boardwalk/board-model";
import type * as Y from "yjs";
import type { RawClient } from "./raw-client.ts";
import type { ServerProcess } from "./server-process.ts";

/** The smallest GIF. */
export const picture = Buffer.from("R0lGODlhAQABAAAAACwAAAAAAQABAAA=", "base64");

const noText = { read: () => ({}), repair: () => ({}), write: () => {} };
const recordId = "asset:one";

/** Gives a board a file, and its address. */
export async function uploadPicture(
  server: ServerProcess,
  board: CreatedBoard,
  bytes: Uint8Array<ArrayBuffer> = picture,
): Promise<string> {
  const answer = await fetch(`${server.url}/api/boards/${board.id}/assets`, {
    method: "POST",
    headers: { authorization: `Bearer ${board.editToken}` },
    body: bytes,
  });
  if (answer.status !== 201) throw new Error(await answer.text());
  return ((await answer.json()) as { url: string }).url;
}

/** Has the board that the client is on show the file at an address; resolves when it is durable. */
export async function showPicture(client: RawClient, src: string): Promise<void> {
  const before = client.answers.length;
  client.change((doc) => {
    const document = new BoardDocument(doc, noText);
    const props = { name: "p.gif", src, w: 1, h: 1, mimeType: "image/gif", isAnimated: false };
    const record = { id: recordId, typeName: "asset", type: "image", meta: {}, props };
    document.write({ added: [record], updated: [], removed: [] }, null);
    document.close();
  });
  if (!(await client.answered(before + 1))) throw new Error("The change was refused");
}

/** The address of the file that a document shows. */
export function shownSrc(doc: Y.Doc): unknown {
  const document = new BoardDocument(doc, noText);
  const record = document.read(recordId);
  document.close();
  return (record as { props: { src: string } } | null)?.props.src;
}

/** What the server answers with at the address of a file; null where there is none. */
export async function bytesAt(server: ServerProcess, address: string): Promise<Buffer | null> {
  const answer = await fetch(server.url + address);
  const bytes = Buffer.from(await answer.arrayBuffer());
  return answer.ok ? bytes : null;
}
