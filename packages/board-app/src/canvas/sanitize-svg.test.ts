// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { sanitizeSvg } from "./sanitize-svg.ts";

function parse(svg: string): Document {
  return new DOMParser().parseFromString(sanitizeSvg(svg), "image/svg+xml");
}

function wrap(content: string, attributes = ""): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="80" height="60" ${attributes}>${content}</svg>`;
}

describe("sanitizeSvg", () => {
  it("leaves a picture that reads as XML", () => {
    const svg = wrap(
      '<style>.a &gt; rect { fill: red }</style><g class="a"><rect width="1" height="1"/></g>' +
        '<text xml:space="preserve">A&#160;&amp; &lt;B&gt;</text>' +
        '<defs><linearGradient id="g" xlink:href="#h"><stop offset="0"/></linearGradient></defs>',
    );
    const parsed = parse(svg);
    expect(parsed.querySelector("parsererror")).toBeNull();
    expect(parsed.documentElement.namespaceURI).toBe("http://www.w3.org/2000/svg");
    expect(parsed.documentElement.getAttribute("width")).toBe("80");
    expect(parsed.querySelector("text")?.textContent).toBe("A\u00a0& <B>");
    expect(parsed.querySelector("style")?.textContent).toContain(".a > rect");
    const gradient = parsed.querySelector("linearGradient");
    expect(gradient?.getAttributeNS("http://www.w3.org/1999/xlink", "href")).toBe("#h");
  });

  it.each([
    ["a script", wrap("<script>run()</script>")],
    [
      "a script with a prefix",
      '<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:script>run()</s:script></s:svg>',
    ],
    ["an event handler", wrap("", 'onload="run()"')],
    [
      "an animation of a link",
      wrap('<a><animate attributeName="href" to="javascript:run()"/></a>'),
    ],
    ["a set link", wrap('<a><set attributeName="xlink:href" to="&#106;avascript:run()"/></a>')],
    ["a link that runs", wrap('<a href="java&#10;script:run()"><text>x</text></a>')],
    ["a page inside", wrap('<foreignObject><iframe src="javascript:run()"/></foreignObject>')],
    ["HTML inside", wrap('<desc><img src="x" onerror="run()"/></desc>')],
    ["CDATA", wrap("<title><![CDATA[</title><script>run()</script>]]></title>")],
    ["an entity", `<!DOCTYPE svg [<!ENTITY x "<script>run()</script>">]>${wrap("&x;")}`],
    ["a style that ends", wrap("<style></style><img src=x onerror=run()></style>")],
    [
      "use of another",
      wrap('<use href="data:image/svg+xml,&lt;svg onload=&quot;run()&quot;/&gt;#a"/>'),
    ],
  ])("takes away %s", (_what, svg) => {
    for (const element of parse(svg).querySelectorAll("*")) {
      expect(element.localName).not.toMatch(
        /script|iframe|foreignObject|^img$|^use$|animate|^set$/,
      );
      for (const { name, value } of element.attributes) {
        expect(name).not.toMatch(/^on/);
        expect(value).not.toMatch(/script:|data:/);
      }
    }
  });

  it("makes nothing of what is no SVG", () => {
    for (const text of ["", "words", "<p>words</p>", "<script>run()</script>"]) {
      expect(sanitizeSvg(text)).not.toMatch(/<(p|script)/);
    }
  });
});
