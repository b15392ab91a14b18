import { StoreError } from "@boardwalk/persistence";
import { resolve } from "node:path";
import { UnfinishedRestoreError } from "./archive/restore-store.ts";
import type { Config } from "./config.ts";
import { TlsError } from "./tls-certificate.ts";

/** Why the server did not start and what to do about it; null when the reason is not a known one. */
export function describeStartFailure(error: unknown, config: Config): string | null {
  const reason = reasonOf(error, config);
  return reason === null ? null : `Boardwalk cannot start: ${reason}`;
}

function reasonOf(error: unknown, config: Config): string | null {
  if (error instanceof StoreError) return ofHome(error, config);
  if (error instanceof UnfinishedRestoreError) {
    const home =
      config.databaseUrl === null
        ? `the data folder ${resolve(config.dataDir)}`
        : "the database that DATABASE_URL names";
    return `${home} is not complete: ${error.message}. Empty it, and restore the backup again.`;
  }
  return error instanceof TlsError ? error.message : ofListening(error, config);
}

function ofHome(error: StoreError, config: Config): string {
  return config.databaseUrl === null ? ofFolder(error, config) : ofDatabase(error);
}

/** The store's message names the database; the address itself may hold a password. */
function ofDatabase({ code, message }: StoreError): string {
  switch (code) {
    case "STORE_UNAVAILABLE":
      return `${message}. Start the database, or correct DATABASE_URL.`;
    case "STORE_UNWRITABLE":
      return `${message}. Correct the user, the password or the database in DATABASE_URL, or give that user the right to make tables there.`;
    case "STORE_FULL":
      return `${message}. Make room on the database's disk.`;
    default:
      return `the database that DATABASE_URL names cannot be used. (${code}: ${message})`;
  }
}

function ofFolder(error: StoreError, config: Config): string {
  const folder = resolve(config.dataDir);
  switch (error.code) {
    case "STORE_LOCKED":
      return `another Boardwalk is using the data folder ${folder}. Stop it, or set DATA_DIR to another folder.`;
    case "STORE_UNWRITABLE":
      return `the data folder ${folder} cannot be written. Give the server's user the right to write there, or set DATA_DIR to another folder. (${error.message})`;
    case "STORE_FULL":
      return `there is no room left on the disk of the data folder ${folder}. Make room, or set DATA_DIR to a folder on another disk.`;
    default:
      return `the data folder ${folder} cannot be used. (${error.code}: ${error.message})`;
  }
}

function ofListening(error: unknown, config: Config): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  const { host, port } = config;
  switch (error.code) {
    case "EADDRINUSE":
      return `port ${port} is already in use. Stop the program that uses it, or set PORT to another port.`;
    case "EACCES":
      return `this user may not listen on port ${port}. Set PORT to a number from 1024 up.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `HOST=${host ?? ""} is not an address of this machine. Unset HOST to listen on all of them.`;
    default:
      return null;
  }
}
