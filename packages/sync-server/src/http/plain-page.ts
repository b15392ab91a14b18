/** A page without scripts, for what a person meets when the real one cannot be shown. */
export function plainPage(title: string, text: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>${title} · Boardwalk</title>
    <style>
      :root { color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif; }
      body { margin: 0; min-height: 100vh; display: grid; place-content: center; }
      main { max-width: 34rem; padding: 2rem; }
      h1 { font-size: 1.6rem; margin: 0 0 0.5rem; }
    </style>
  </head>
  <body>
    <main>
      <h1>${title}</h1>
      <p>${text}</p>
      <p><a href="/">Go to the start page</a></p>
    </main>
  </body>
</html>
`;
}
