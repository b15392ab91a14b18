import { isBoardId, isSignedToken, limits } from "@boardwalk/board-model";
import { errors, jwtVerify } from "jose";
import { z } from "zod";
import { BoardError } from "./board-error.ts";
import { KeysUnavailableError, openSigningKeys } from "./signing-keys.ts";
import type { SigningKeys, SigningKeySource } from "./signing-keys.ts";

/** By how much the clocks of who signs and of this server may differ. */
export const clockToleranceSeconds = 5;

/** What another site signs for one person on one board. */
export type SignedPass = {
  readonly boardId: string;
  readonly role: "owner" | "edit" | "view";
  /** Shown to the others; the person cannot change it. */
  readonly name: string;
  /** Who this is to the site that signs: `sub`, or the name where there is none. */
  readonly subject: string;
  /** Milliseconds since the epoch; 0 where the token does not say it. */
  readonly issuedAtMs: number;
  /** When it ends, with what clocks may differ by. */
  readonly endMs: number;
};

export type SignedTokenSettings = {
  readonly keys: SigningKeySource;
  /** What `iss` and `aud` have to be; null: anything, or nothing. */
  readonly issuer: string | null;
  readonly audience: string | null;
};

const claimsSchema = z.object({
  board: z.string().refine(isBoardId, "is not the id of a board"),
  role: z.enum(["owner", "edit", "view"]),
  name: z.string().trim().min(1).max(limits.personNameLength),
  sub: z.string().min(1).max(limits.subjectLength).optional(),
  iat: z.number().nonnegative().optional(),
  exp: z.number().positive(),
});

/** Tokens that open boards because another site has signed them. */
export class SignedTokens {
  readonly #keys: SigningKeys;
  readonly #settings: SignedTokenSettings;
  readonly #nowMs: () => number;

  /** @throws Error when the public key cannot be used */
  constructor(settings: SignedTokenSettings, nowMs: () => number) {
    this.#keys = openSigningKeys(settings.keys, nowMs);
    this.#settings = settings;
    this.#nowMs = nowMs;
  }

  /**
   * What a token says, if it is for this board.
   *
   * @throws BoardError `TOKEN_INVALID`, whose message says what is wrong, or `TOKEN_EXPIRED`;
   *   KeysUnavailableError
   */
  async read(boardId: string, token: string): Promise<SignedPass> {
    const parsed = claimsSchema.safeParse(await this.#verify(token));
    if (!parsed.success) {
      const [fault] = parsed.error.issues;
      const detail = `Its claim “${fault?.path.join(".")}” is not valid: ${fault?.message}.`;
      throw new BoardError("TOKEN_INVALID", { detail });
    }
    const { board, role, name, sub, iat, exp } = parsed.data;
    if (board !== boardId)
      throw new BoardError("TOKEN_INVALID", { detail: "It is for another board." });
    return {
      boardId,
      role,
      name,
      subject: sub ?? name,
      issuedAtMs: (iat ?? 0) * 1000,
      endMs: (exp + clockToleranceSeconds) * 1000,
    };
  }

  async #verify(token: string): Promise<unknown> {
    if (!isSignedToken(token))
      throw new BoardError("TOKEN_INVALID", { detail: "It is not a signed token." });
    const { issuer, audience } = this.#settings;
    try {
      const { payload } = await jwtVerify(token, this.#keys.find, {
        algorithms: this.#keys.algorithms,
        clockTolerance: clockToleranceSeconds,
        currentDate: new Date(this.#nowMs()),
        requiredClaims: ["exp"],
        ...(issuer === null ? {} : { issuer }),
        ...(audience === null ? {} : { audience }),
      });
      return payload;
    } catch (cause) {
      if (cause instanceof KeysUnavailableError) throw cause;
      if (cause instanceof errors.JWTExpired) throw new BoardError("TOKEN_EXPIRED", { cause });
      const detail = cause instanceof errors.JOSEError ? cause.message : "It cannot be read";
      throw new BoardError("TOKEN_INVALID", { detail: `${detail}.`, cause });
    }
  }
}
