/** A picture that does whatever an SVG can do; `site` hears of it when something is asked for. */
export function hostileSvg(site: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
    width="80" height="60" onload="globalThis.wasRun = true">
  <script>globalThis.wasRun = true; document.title = "taken over"; fetch("${site}/script")</script>
  <script href="${site}/script.js"></script>
  <style>@import url("${site}/style.css"); rect { fill: url("${site}/paint.svg#a") }
    @font-face { font-family: x; src: url("${site}/font.woff2") } text { font-family: x }</style>
  <rect width="80" height="60" fill="#f08c00" onclick="globalThis.wasRun = true"/>
  <rect width="8" height="6" fill="url(${site}/fill.svg#a)" style="background: url(${site}/background.png)"/>
  <image href="${site}/image.png" width="10" height="10"/>
  <image xlink:href="${site}/image.svg" width="10" height="10" onerror="globalThis.wasRun = true"/>
  <feImage href="${site}/filter.png"/>
  <use xlink:href="${site}/use.svg#a"/>
  <use href="data:image/svg+xml,&lt;svg id='a' onload='globalThis.wasRun=true'/&gt;#a"/>
  <a href="javascript:globalThis.wasRun = true"><text y="20">click</text></a>
  <a xlink:href="java&#10;script:globalThis.wasRun = true"><text y="40">click</text></a>
  <a id="later"><text y="50">click</text>
    <animate attributeName="href" to="javascript:globalThis.wasRun = true" begin="0s" fill="freeze"/>
    <set attributeName="xlink:href" to="&#106;avascript:globalThis.wasRun = true"/></a>
  <foreignObject width="80" height="60"><iframe xmlns="http://www.w3.org/1999/xhtml"
    src="${site}/frame" srcdoc="&lt;script&gt;parent.wasRun = true&lt;/script&gt;"></iframe>
    <img xmlns="http://www.w3.org/1999/xhtml" src="${site}/html.png" onerror="globalThis.wasRun = true"/>
  </foreignObject>
  <animate attributeName="href" to="${site}/animate" begin="0s" onbegin="globalThis.wasRun = true"/>
  <handler xmlns:ev="http://www.w3.org/2001/xml-events" ev:event="load">globalThis.wasRun = true</handler>
  <title><![CDATA[</title><script>globalThis.wasRun = true</script>]]></title>
</svg>`;
}
