import { describe, expect, it } from "vitest";
import { sniffAssetType, sniffedBytes } from "./asset-type.ts";

const xmlns = 'xmlns="http://www.w3.org/2000/svg"';

function box(type: string, content: string): Buffer {
  const body = Buffer.from(type + content, "latin1");
  const size = Buffer.alloc(4);
  size.writeUInt32BE(body.length + 4);
  return Buffer.concat([size, body]);
}

const onePixelPng = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const animationChunk = Buffer.concat([
  onePixelPng.subarray(0, 33),
  Buffer.from([0, 0, 0, 8]),
  Buffer.from("acTL"),
  Buffer.alloc(12),
  onePixelPng.subarray(33),
]);
const webm = Buffer.concat([
  Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0x87, 0x42, 0x82, 0x84]),
  Buffer.from("webm"),
]);
const matroska = Buffer.concat([
  Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0x8b, 0x42, 0x82, 0x88]),
  Buffer.from("matroska"),
]);

describe("sniffAssetType", () => {
  it.each([
    ["image/png", onePixelPng],
    ["image/png", animationChunk],
    ["image/jpeg", Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0])],
    ["image/gif", Buffer.from("GIF89a\x01\x00\x01\x00")],
    ["image/webp", Buffer.from("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00")],
    ["image/avif", box("ftyp", "avif\x00\x00\x00\x00mif1avif")],
    ["video/mp4", box("ftyp", "isom\x00\x00\x02\x00isomiso2mp41")],
    ["video/webm", webm],
  ])("tells %s by its bytes", async (type, bytes) => {
    expect(await sniffAssetType(bytes)).toBe(type);
  });

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["text", Buffer.from("hello")],
    ["HTML", Buffer.from("<!doctype html><script>alert(1)</script>")],
    ["PDF", Buffer.from("%PDF-1.7\n")],
    ["a program", Buffer.from("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00")],
    ["QuickTime", box("ftyp", "qt  \x00\x00\x02\x00qt  ")],
    ["HEIC", box("ftyp", "heic\x00\x00\x00\x00mif1heic")],
    ["Matroska", matroska],
    ["ZIP", Buffer.from("PK\x03\x04")],
  ])("refuses %s", async (_what, bytes) => {
    expect(await sniffAssetType(bytes)).toBeNull();
  });

  it.each([
    `<svg ${xmlns}/>`,
    `<svg ${xmlns} width="1" viewBox='0 0 1 1'><rect/></svg>`,
    `\uFEFF<?xml version="1.0" encoding="UTF-8"?>\n<svg\n  ${xmlns}\n>`,
    `<?xml version="1.0"?><!-- made by <hand> -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n<svg ${xmlns}>`,
    `<?xml-stylesheet href="a.css"?><svg ${xmlns}>`,
    `<svg:svg xmlns:svg="http://www.w3.org/2000/svg">`,
    `<svg ${xmlns} aria-label="Füße">`,
  ])("takes for SVG: %s", async (text) => {
    expect(await sniffAssetType(Buffer.from(text))).toBe("image/svg+xml");
  });

  it.each([
    `<svg>`,
    `<svg xmlns="http://www.w3.org/1999/xhtml">`,
    `<svg data-a='xmlns="http://www.w3.org/2000/svg"'>`,
    `<svgx ${xmlns}>`,
    `<html><svg ${xmlns}></svg></html>`,
    `<!doctype html><svg ${xmlns}>`,
    `hello <svg ${xmlns}>`,
    `<!-- <svg ${xmlns}> -->`,
    `<!DOCTYPE svg [<!ENTITY a "b">]><svg ${xmlns}>`,
    `<?xml version="1.0" encoding="UTF-16"?><svg ${xmlns}>`,
    `<?xml version="1.0"?><x:html xmlns:x="http://www.w3.org/1999/xhtml"/>`,
  ])("does not take for SVG: %s", async (text) => {
    expect(await sniffAssetType(Buffer.from(text))).toBeNull();
  });

  it("does not take UTF-16 or broken UTF-8 for SVG", async () => {
    expect(await sniffAssetType(Buffer.from(`<svg ${xmlns}>`, "utf16le"))).toBeNull();
    const broken = Buffer.concat([Buffer.from(`<svg ${xmlns}>`), Buffer.from([0xff, 0xfe])]);
    expect(await sniffAssetType(broken)).toBeNull();
  });

  it("is not slowed down by a file made to be hard to read", async () => {
    const hard = [
      `<svg${" a".repeat(sniffedBytes / 2)}`,
      `<svg${' a="'.repeat(sniffedBytes / 4)}`,
      "<!--".repeat(sniffedBytes / 4),
      "<?a ".repeat(sniffedBytes / 4),
      " ".repeat(sniffedBytes),
      `<!DOCTYPE svg${" ".repeat(sniffedBytes)}`,
      `<?xml ${"encoding ".repeat(sniffedBytes / 9)}`,
      "<?a?>".repeat(sniffedBytes / 5),
      `<svg${" ".repeat(sniffedBytes)}`,
    ];
    for (const text of hard) {
      expect(await sniffAssetType(Buffer.from(text).subarray(0, sniffedBytes))).toBeNull();
    }
  }, 20_000);
});
