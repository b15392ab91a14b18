/**
 * What an Editor asks of a browser and jsdom does not have, for tests. Nothing is measured or
 * drawn: text has one size, and fonts are there at once.
 */
const fixedRect = { x: 0, y: 0, width: 100, height: 24, top: 0, left: 0, right: 100, bottom: 24 };

class Path2DStandIn {
  moveTo(): void {}
  lineTo(): void {}
  arc(): void {}
  addPath(): void {}
  closePath(): void {}
}

class FontFaceStandIn {
  readonly status = "loaded";
  readonly family: string;
  constructor(family: string) {
    this.family = family;
  }
  load(): Promise<this> {
    return Promise.resolve(this);
  }
}

export function standInForBrowser(): void {
  window.matchMedia = (media) =>
    Object.assign(new EventTarget(), {
      media,
      matches: false,
      onchange: null,
      addListener() {},
      removeListener() {},
    });
  Range.prototype.getBoundingClientRect = () => ({ ...fixedRect, toJSON: () => fixedRect });
  Range.prototype.getClientRects = () => Object.assign([], { item: () => null });
  Object.assign(globalThis, { Path2D: Path2DStandIn, FontFace: FontFaceStandIn });
  Object.defineProperty(document, "fonts", {
    configurable: true,
    value: Object.assign(new EventTarget(), { add() {}, delete() {}, ready: Promise.resolve() }),
  });
}
