import { afterEach, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { TabChannel } from "./tab-channel.ts";

const server = Symbol("server");
const channels: TabChannel[] = [];

function openTab(boardId = "board") {
  const doc = new Y.Doc();
  const channel = new TabChannel(boardId, doc, {
    isLocal: (origin) => origin !== server,
    readUnsaved: () => null,
    beforeRemoteChanges: () => undefined,
    onUnsaved: () => undefined,
  });
  channels.push(channel);
  const change = (key: string, value: number, origin: unknown = "person"): void => {
    doc.transact(() => doc.getMap("test").set(key, value), origin);
  };
  return { channel, doc, change, content: () => doc.getMap("test").toJSON() };
}

afterEach(() => {
  for (const channel of channels.splice(0)) channel.close();
});

describe("tabs that have one board open", () => {
  it("share what is done in each of them, and nothing with another board's", async () => {
    const [ada, bo, other] = [openTab(), openTab(), openTab("another board")];
    ada.change("ada", 1);
    bo.change("bo", 2);
    await expect.poll(ada.content).toEqual({ ada: 1, bo: 2 });
    await expect.poll(bo.content).toEqual({ ada: 1, bo: 2 });
    expect(other.content()).toEqual({});
  });

  it("leave what came from the server to each tab's own connection", async () => {
    const [ada, bo] = [openTab(), openTab()];
    ada.change("theirs", 1, server);
    ada.change("ada", 2);
    // What Ada did waits in Bo's tab for what she had before.
    await expect.poll(() => bo.doc.store.pendingStructs).not.toBeNull();
    expect(bo.content()).toEqual({});
    bo.channel.catchUp();
    await expect.poll(bo.content).toEqual({ theirs: 1, ada: 2 });
  });

  it("tell a tab that was opened later what it has missed", async () => {
    const ada = openTab();
    ada.change("before", 1);
    const bo = openTab();
    ada.change("after", 2);
    bo.channel.catchUp();
    await expect.poll(bo.content).toEqual({ before: 1, after: 2 });
  });

  it("end with the tab, and a second end changes nothing", async () => {
    const [ada, bo, cleo] = [openTab(), openTab(), openTab()];
    bo.channel.close();
    bo.channel.close();
    ada.change("ada", 1);
    await expect.poll(cleo.content).toEqual({ ada: 1 });
    expect(bo.content()).toEqual({});
  });
});
