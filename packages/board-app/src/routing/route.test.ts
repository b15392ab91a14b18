import { describe, expect, it } from "vitest";
import { parseRoute } from "./route.ts";

const boardId = "1234567890abcdefABCD_-";
const token = "t".repeat(43);
const route = (pathname: string, hash = "") => parseRoute({ pathname, hash });

describe("routes", () => {
  it("lead home, to a board, and nowhere", () => {
    expect(route("/")).toEqual({ page: "home" });
    expect(route(`/b/${boardId}`, `#${token}`)).toEqual({ page: "board", boardId, token });
    expect(route(`/b/${boardId}/`, `#${token}`)).toEqual({ page: "board", boardId, token });
    for (const path of ["/b", "/b/", "/b/short", `/b/${boardId}/more`, "/b/..%2f..", "/x"]) {
      expect(route(path)).toEqual({ page: "not-found" });
    }
  });

  it("take a signed token too", () => {
    const signed = "eyJhbGciOiJIUzI1NiJ9.eyJib2FyZCI6IngifQ.c2lnbmF0dXJl";
    expect(route(`/b/${boardId}`, `#${signed}`)).toEqual({ page: "board", boardId, token: signed });
    expect(route(`/b/${boardId}`, `#${signed}.x`)).toMatchObject({ token: null });
  });

  it.each(["", "#", `#${token.slice(1)}`, `#${token}x`, "#<script>"])(
    "take %j for a link without a token",
    (hash) => {
      expect(route(`/b/${boardId}`, hash)).toEqual({ page: "board", boardId, token: null });
    },
  );
});
