import fastifyStatic from "@fastify/static";
import type { FastifyReply } from "fastify";
import { access } from "node:fs/promises";
import { join } from "node:path";
import type { HttpApp } from "./http-app.ts";
import { plainPage } from "./plain-page.ts";

const immutable = "public, max-age=31536000, immutable";

/**
 * The page and its files. Which board is shown is the page's business: the server sends the same
 * document for every board, also for one that does not exist, and never sees the token.
 */
export async function pageRoutes(app: HttpApp, pageDir: string): Promise<void> {
  // Vite puts the content's hash in the name of every file below this folder.
  const hashedDir = join(pageDir, "assets/");
  await app.register(fastifyStatic, {
    root: pageDir,
    index: false,
    cacheControl: false,
    dotfiles: "ignore",
    preCompressed: true,
    suppressWarning: true,
    setHeaders: (reply, path) => {
      void reply.header("cache-control", path.startsWith(hashedDir) ? immutable : "no-cache");
    },
  });

  const sendIndex = async (reply: FastifyReply) => {
    if (await isReadable(join(pageDir, "index.html"))) return reply.sendFile("index.html");
    const text =
      "The server runs, but its page is not built yet. Start it with “npm start”, or run “npm run build”.";
    return reply
      .code(503)
      .type("text/html; charset=utf-8")
      .send(plainPage("The page is not built", text));
  };
  const schema = { hide: true };
  app.get("/", { schema }, (_request, reply) => sendIndex(reply));
  app.get("/b/:boardId", { schema }, (_request, reply) => sendIndex(reply));
}

async function isReadable(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
