import type { BoardRecord } from "@boardwalk/board-model";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import * as Y from "yjs";
import { editLink, RawClient } from "../integration/raw-client.ts";
import { OtherSite } from "./other-site.ts";
import type { Person } from "./person.ts";
import { hostileSvg } from "./hostile-svg.ts";
import { expectAllSaved, expectEventually, isSkipped, Stage } from "./stage.ts";

const script = "javascript:globalThis.wasRun=true";
const schemes = [
  script,
  "JaVaScRiPt:globalThis.wasRun=true",
  " \u0001javascript:globalThis.wasRun=true",
  "java\nscript:globalThis.wasRun=true",
  "data:text/html,<script>globalThis.wasRun=true</script>",
  "vbscript:wasRun",
  "blob:null/x",
  "file:///etc/passwd",
  "x-y:anything",
  "tel:+1900",
] as const;

describe.skipIf(isSkipped)("someone with a client of their own", () => {
  const stage = Stage.forFile();
  let otherSite: OtherSite;
  beforeAll(async () => {
    otherSite = await OtherSite.open();
  });
  afterAll(() => otherSite.close());

  /** Ada is on the board; Mallory may edit it, and speaks Yjs without our page. */
  async function adaAndMallory() {
    const board = await stage.server.createBoard("Open to all");
    const ada = await stage.person("Ada");
    await ada.open(board.editUrl);
    await ada.draw("r", [1000, 600], [1100, 700]);
    await expectAllSaved(ada);
    const mallory = await RawClient.join(stage.server.url, editLink(board));
    onTestFinished(() => mallory.close());
    return { ada, mallory, board };
  }

  /** Whatever came, the board goes on for everyone, and nothing has run or was asked for elsewhere. */
  async function expectHarmless(ada: Person, expected: readonly string[]): Promise<void> {
    await expectEventually(() => ada.types()).toEqual(["geo", ...expected]);
    await ada.nextFrames();
    expect(await ada.page.evaluate(dangers)).toEqual([]);
    expect(otherSite.requests).toEqual([]);
    await ada.page.reload();
    await ada.canvas.waitFor();
    await expectEventually(() => ada.types()).toEqual(["geo", ...expected]);
    await ada.nextFrames();
    expect(await ada.page.evaluate(dangers)).toEqual([]);
    expect(otherSite.requests).toEqual([]);
    await ada.draw("o", [1000, 400], [1100, 500]);
    await expectAllSaved(ada);
  }

  it("shows no picture from elsewhere, and runs none that is text", async () => {
    const { ada, mallory } = await adaAndMallory();
    const svg = hostileSvg(otherSite.url);
    const sources = [
      `data:image/svg+xml,${encodeURIComponent(svg)}`,
      `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`,
      `data:text/html,${encodeURIComponent("<script>globalThis.wasRun = true</script>")}`,
      `${otherSite.url}/picture.png`,
      `//${new URL(otherSite.url).host}/picture.png`,
      script,
    ];
    put(
      mallory,
      ...sources.flatMap((src, index) => [
        asset(`asset:i${index}`, "image", {
          src,
          w: 60,
          h: 60,
          mimeType: "image/svg+xml",
          isAnimated: false,
          name: "x",
        }),
        shape(`shape:i${index}`, index, "image", {
          w: 60,
          h: 60,
          assetId: `asset:i${index}`,
          playing: true,
          url: "",
          crop: null,
          flipX: false,
          flipY: false,
          altText: "",
        }),
        asset(`asset:v${index}`, "video", {
          src,
          w: 60,
          h: 60,
          mimeType: "video/mp4",
          isAnimated: true,
          name: "x",
        }),
        shape(`shape:v${index}`, index + 20, "video", {
          w: 60,
          h: 60,
          time: 0,
          playing: true,
          autoplay: true,
          url: "",
          assetId: `asset:v${index}`,
          altText: "",
        }),
      ]),
    );
    expect(await mallory.answered(1)).toBe(true);
    await expectHarmless(ada, [...sources.map(() => "image"), ...sources.map(() => "video")]);
    // Nor when it goes into a file.
    const exported = await ada.edit(async (editor) => {
      const pictures = editor.getCurrentPageShapes().filter(({ type }) => type === "image");
      const result = await editor.getSvgString(pictures);
      return result?.svg ?? "";
    });
    expect(exported).not.toContain(otherSite.url);
    expect(otherSite.requests).toEqual([]);
  });

  it("shows no embedded page, and no bookmark's picture", async () => {
    const { ada, mallory } = await adaAndMallory();
    const urls = [
      "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
      "https://gist.github.com/x/1234",
      otherSite.url,
    ];
    put(
      mallory,
      ...urls.map((url, index) =>
        shape(`shape:e${index}`, index, "embed", { w: 300, h: 300, url }),
      ),
      ...urls.flatMap((url, index) => [
        asset(`asset:b${index}`, "bookmark", {
          src: url,
          title: "<img src=x onerror=globalThis.wasRun=true>",
          description: "",
          image: `${otherSite.url}/b.png`,
          favicon: `${otherSite.url}/f.ico`,
        }),
        shape(`shape:b${index}`, index + 10, "bookmark", {
          w: 300,
          h: 320,
          assetId: `asset:b${index}`,
          url,
        }),
      ]),
    );
    expect(await mallory.answered(1)).toBe(true);
    await expectHarmless(ada, [...urls.map(() => "embed"), ...urls.map(() => "bookmark")]);
    expect(await ada.page.locator("iframe").count()).toBe(0);
  });

  it("makes no shape a link that runs something", async () => {
    const { ada, mallory } = await adaAndMallory();
    const links = schemes.flatMap((url, index) => [
      shape(`shape:g${index}`, index, "geo", {
        w: 60,
        h: 60,
        geo: "rectangle",
        dash: "draw",
        growY: 0,
        url,
        scale: 1,
        color: "black",
        labelColor: "black",
        fill: "none",
        size: "m",
        font: "draw",
        align: "middle",
        verticalAlign: "middle",
        richText: paragraph("x"),
      }),
      shape(`shape:e${index}`, index + 20, "embed", { w: 60, h: 60, url }),
      shape(`shape:b${index}`, index + 40, "bookmark", { w: 300, h: 320, assetId: null, url }),
    ]);
    put(
      mallory,
      ...links,
      shape("shape:overlaid", 98, "bookmark", { w: 300, h: 320, assetId: null, url: "" }),
      shape("shape:mark", 99, "frame", { w: 10, h: 10, name: "mark", color: "black" }),
    );
    // By an overlay as well, on a shape that is fine.
    mallory.change((document) =>
      document.getMap("records").set("shape:overlaid/props/url", script),
    );
    expect(await mallory.answered(2)).toBe(true);
    await expectHarmless(ada, ["frame"]);
  });

  it("writes no text whose links run something, or that stops the page", async () => {
    const { ada, mallory } = await adaAndMallory();
    const hrefs: unknown[] = [...schemes, 5, { toString: "x" }, ["javascript:x"], null];
    put(
      mallory,
      ...hrefs.map((href, index) =>
        text(`shape:t${index}`, index, paragraph("Click me", [{ type: "link", attrs: { href } }])),
      ),
      // What the canvas knows nothing of.
      text("shape:u0", 30, {
        type: "doc",
        content: [{ type: "script", content: [{ type: "text", text: "x" }] }],
      }),
      text("shape:u1", 31, {
        type: "doc",
        content: [{ type: "paragraph", content: [{ type: "text" }] }],
      }),
      text("shape:u2", 32, { type: "doc", content: ["<script>wasRun=true</script>", 5, null] }),
      text("shape:u3", 33, { type: "evil", content: [] }),
      text("shape:u4", 34, paragraph("<img src=x onerror=globalThis.wasRun=true>")),
      text(
        "shape:u5",
        35,
        paragraph("x", [{ type: "code", attrs: { onclick: "globalThis.wasRun=true" } }]),
      ),
    );
    // And as everyone's text is kept, in fragments.
    mallory.change((document) => {
      hrefs.forEach((href, index) => {
        const content = new Y.XmlText();
        content.insert(0, "Click me, too", {
          link: { href, target: "_self", onclick: "wasRun=true" },
        });
        const element = new Y.XmlElement("paragraph");
        element.setAttribute("onclick", "globalThis.wasRun=true");
        element.insert(0, [content]);
        const id = `shape:f${index}`;
        setRecord(document, text(id, index + 50, paragraph("")));
        document.getXmlFragment(`t:${id}`).insert(0, [element]);
      });
    });
    expect(await mallory.answered(2)).toBe(true);
    await expectEventually(async () => (await ada.types()).length).toBeGreaterThan(
      hrefs.length * 2,
    );
    await expectHarmless(ada, (await ada.types()).slice(1));

    // Clicked, none of them opens anything that runs.
    await ada.page.keyboard.press("v");
    const anchors = ada.page.locator(".tl-rich-text a");
    for (let index = 0; index < (await anchors.count()); index++) {
      await anchors.nth(index).click({ force: true });
    }
    for (const page of ada.context.pages()) {
      expect(await page.evaluate(() => "wasRun" in globalThis)).toBe(false);
    }
    expect(otherSite.requests).toEqual([]);
  });
});

/** Runs in the page: what is in the document that could run or ask for something, if clicked even. */
function dangers(): string[] {
  const found: string[] = [];
  if ("wasRun" in globalThis) found.push("something has run");
  const own = document.querySelectorAll(".tl-canvas *");
  for (const element of own) {
    const name = element.localName;
    if (["script", "iframe", "object", "embed", "link", "base", "meta"].includes(name)) {
      found.push(name);
    }
    for (const { name: attribute, value } of element.attributes) {
      if (/^on/i.test(attribute)) found.push(`${name} ${attribute}`);
      // The canvas has patterns of its own, and pictures are shown as such.
      const isPicture = name === "image" && /^(blob:|data:image\/png)/.test(value);
      const isLink = /^(xlink:)?href$/.test(attribute);
      if (isLink && !isPicture && !/^(https?:|mailto:|#|$)/.test(value)) {
        found.push(`${name} ${attribute}=${value}`);
      }
    }
  }
  return found;
}

/** A record as the layout of the document has it, written whole. */
function setRecord(document: Y.Doc, { id, ...rest }: BoardRecord): void {
  document.getMap("records").set(id, JSON.stringify({ ...rest, $: 0 }));
}

function put(client: RawClient, ...records: readonly BoardRecord[]): void {
  client.change((document) => {
    for (const record of records) setRecord(document, record);
  });
}

function asset(id: string, type: string, props: object): BoardRecord {
  return { id, typeName: "asset", type, props, meta: {} };
}

function shape(id: string, place: number, type: string, props: object): BoardRecord {
  return {
    id,
    typeName: "shape",
    type,
    x: (place % 10) * 80,
    y: 60 + Math.floor(place / 10) * 80,
    rotation: 0,
    index: `b${String(place + 10)}V`,
    parentId: "page:page",
    isLocked: false,
    opacity: 1,
    props,
    meta: {},
  };
}

function text(id: string, place: number, richText: object): BoardRecord {
  return shape(id, place, "text", {
    color: "black",
    size: "s",
    w: 60,
    font: "sans",
    textAlign: "start",
    autoSize: false,
    scale: 1,
    richText,
  });
}

function paragraph(words: string, marks: object[] = []): object {
  const content = words === "" ? [] : [{ type: "text", text: words, marks }];
  return { type: "doc", content: [{ type: "paragraph", content }] };
}
