const link = document.querySelector("#open");
link?.addEventListener("click", (event) => {
  event.preventDefault();
  link.remove();
  void open();
});

/** As Boardwalk's page does: the canvas is loaded where it is needed. */
async function open(): Promise<void> {
  const name = new URLSearchParams(window.location.search).get("board") ?? "";
  const [response, { showBoard }] = await Promise.all([fetch(name), import("./board.ts")]);
  showBoard((await response.json()) as Parameters<typeof showBoard>[0]);
}
