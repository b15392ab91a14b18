import { resolve } from "node:path";

/** Where a server keeps everything: a database where one is named, or a folder. */
export type Home = { readonly dataDir: string; readonly databaseUrl: string | null };

/** The home that options name, or else the environment does, as it does for the server. */
export function homeOf(
  options: { readonly dataDir?: string | undefined; readonly databaseUrl?: string | undefined },
  env: Readonly<Record<string, string | undefined>>,
): Home {
  const { dataDir, databaseUrl } = options;
  const setting = (name: string): string | undefined => env[name]?.trim() || undefined;
  if (dataDir !== undefined) return { dataDir, databaseUrl: null };
  return {
    dataDir: setting("DATA_DIR") ?? "./data",
    databaseUrl: databaseUrl ?? setting("DATABASE_URL") ?? null,
  };
}

/** Without the database's address, which may hold a password. */
export function describeHome({ dataDir, databaseUrl }: Home): string {
  if (databaseUrl === null) return `the data folder ${resolve(dataDir)}`;
  const url = URL.parse(databaseUrl);
  return `the database ${url === null ? "" : `${url.host}${url.pathname}`}`.trim();
}
