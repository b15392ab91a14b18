import { boardPath, importedBoardSchema, limits } from "@boardwalk/board-model";
import { archiveBoard } from "../archive/board-archive.ts";
import { archiveTooLarge, importBoard } from "../archive/board-import.ts";
import { Turns } from "../turns.ts";
import { ApiError } from "./api-error.ts";
import { archiveStream, fileSchema } from "./archive-stream.ts";
import { assertOwns, type AssertMayCreate, type Authorise } from "./bearer.ts";
import { bearerSecurity, boardParams, originOf } from "./board-routes.ts";
import { errorResponses } from "./error-responses.ts";
import type { HttpApp, HttpServices } from "./http-app.ts";
import { rateLimits } from "./rate-limits.ts";
import { Upload } from "./upload.ts";

/** Archives taken in at once: each may fill half a gigabyte of the disk, twice, for a while. */
const importsAtOnce = 2;
/** Those that wait for it: a class that opens its archives together, and some more. */
const waitingImports = 100;

/** Taking a board away as one file, and making one of such a file. */
export function archiveRoutes(
  app: HttpApp,
  services: HttpServices,
  authorise: Authorise,
  assertMayCreate: AssertMayCreate,
): void {
  exportRoute(app, services, authorise);
  void app.register(async (scope: HttpApp) => {
    // The body is a file, whatever its content type says; it is read as it comes.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
    importRoute(scope, services, assertMayCreate);
  });
}

function exportRoute(app: HttpApp, services: HttpServices, authorise: Authorise): void {
  const { boards, isDraining, store, syncHost } = services;
  app.get(
    "/api/boards/:boardId/archive",
    {
      config: { rateLimit: rateLimits.archives },
      schema: {
        summary: "The board as one file, with pictures, videos and versions",
        description:
          "For the owner. It holds all that was saved before the request, and of the links what they allow, but nothing that opens them. A file that is cut off lacks its end, and cannot be imported.",
        security: bearerSecurity,
        params: boardParams,
        response: { 200: fileSchema, ...errorResponses(401, 403, 404, 410, 429, 503) },
      },
    },
    async (request, reply) => {
      const { boardId } = request.params;
      assertOwns(await authorise(request, reply, boardId));
      const record = await boards.get(boardId);
      const name = await syncHost.readBoardName(boardId);
      return reply
        .header("cache-control", "no-store")
        .header("content-disposition", dispositionOf(name))
        .type("application/octet-stream")
        .send(archiveStream(archiveBoard(store, boardId, record), isDraining));
    },
  );
}

function importRoute(app: HttpApp, services: HttpServices, assertMayCreate: AssertMayCreate): void {
  const { config } = services;
  const turns = new Turns({
    atOnce: importsAtOnce,
    waiting: waitingImports,
    refusal: () => {
      const message = "Many other boards are being imported; try again in a minute.";
      return new ApiError("TOO_MANY_REQUESTS", message, { limit: "WAITING_IMPORTS" });
    },
  });
  app.post(
    "/api/boards/import",
    {
      config: { rateLimit: rateLimits.boardImports },
      schema: {
        summary: "Make a board of an archive",
        description: `The body is the file, at most ${limits.archiveBytes} bytes. Nothing is kept unless all of it is whole. The board gets an id, keys and links of its own; who may make boards may do this.`,
        security: config.boardCreationKey === null ? [] : bearerSecurity,
        consumes: ["application/octet-stream"],
        body: fileSchema,
        response: { 201: importedBoardSchema, ...errorResponses(400, 401, 413, 429, 503, 507) },
      },
      onRequest: assertMayCreate,
    },
    async (request, reply) => {
      const upload = new Upload(request.body);
      const origin = originOf(request, config);
      try {
        if (Number(request.headers["content-length"] ?? 0) > limits.archiveBytes) {
          throw archiveTooLarge();
        }
        const {
          keys,
          name: boardName,
          links,
        } = await turns.take(() => importBoard(services, upload));
        return await reply
          .code(201)
          .header("cache-control", "no-store")
          .send({
            ...keys,
            name: boardName,
            editUrl: origin + boardPath(keys.id, keys.editToken),
            viewUrl: origin + boardPath(keys.id, keys.viewToken),
            links: links.map(({ role, name, expiresAt, hasPassword, token }) => ({
              role,
              name,
              expiresAt,
              hadPassword: hasPassword,
              token,
              url: origin + boardPath(keys.id, token),
            })),
          });
      } catch (error) {
        // The client reads the answer only once it has sent its file.
        upload.discard();
        throw error;
      }
    },
  );
}

/** The board's name as the file's, for browsers that take all of Unicode and for those that do not. */
function dispositionOf(name: string): string {
  const file = `${name.replaceAll(/[\p{Cc}/\\:*?"<>|]/gu, " ").trim() || "board"}.boardwalk`;
  const plain = file.replaceAll(/[^\x20-\x7e]/g, "_").replaceAll(/["\\%]/g, "_");
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(file)}`;
}
