import { errorCodes } from "@boardwalk/board-model";
import { StoreError } from "@boardwalk/persistence";
import type { StoreErrorCode } from "@boardwalk/persistence";
import { describe, expect, it } from "vitest";
import { BoardError } from "../boards/board-error.ts";
import { NotSavedError } from "../sync/board-log.ts";
import { toApiError } from "./api-error.ts";

describe("toApiError", () => {
  it.each<[StoreErrorCode, number, string]>([
    ["STORE_FULL", 507, "STORE_FULL"],
    ["STORE_WRITE", 503, "STORE_UNAVAILABLE"],
    ["STORE_BUSY", 503, "STORE_UNAVAILABLE"],
    ["STORE_CLOSED", 503, "STORE_UNAVAILABLE"],
    ["STORE_DAMAGED", 503, "STORE_UNAVAILABLE"],
    ["ASSET_TOO_LARGE", 413, "ASSET_TOO_LARGE"],
  ])("tells %s of the store as %i %s, without its details", (code, statusCode, told) => {
    const error = toApiError(new StoreError(code, "in /srv/secret"));
    expect(error).toMatchObject({ code: told, statusCode });
    expect(JSON.stringify(error.body())).not.toContain("/srv/secret");
  });

  it("tells a store's error through the refusal that is wrapped around it", () => {
    const refusal = new Error("refused", { cause: new StoreError("STORE_READ", "EIO") });
    expect(toApiError(refusal).code).toBe("STORE_UNAVAILABLE");
  });

  it("tells that a change was not saved", () => {
    expect(toApiError(new NotSavedError("STORE_FULL"))).toMatchObject({ statusCode: 507 });
  });

  it("tells why a board is not opened", () => {
    expect(toApiError(new BoardError("BOARD_NOT_FOUND"))).toMatchObject({ statusCode: 404 });
    expect(toApiError(new BoardError("TOKEN_INVALID"))).toMatchObject({ statusCode: 401 });
  });

  it.each([new Error("secret"), new TypeError("secret"), "secret", undefined])(
    "tells nothing of an unexpected error",
    (error) => {
      const told = toApiError(error);
      expect(told).toMatchObject({ code: "INTERNAL", statusCode: 500 });
      expect(told.message).not.toContain("secret");
      expect(errorCodes).toContain(told.code);
    },
  );
});
