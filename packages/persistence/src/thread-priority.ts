/** Options of a thread that gives way to the one that serves people, before it loads its own code. */
export const backgroundThread: { execArgv: string[] } = {
  execArgv: ["--import", new URL("./give-way.ts", import.meta.url).href],
};
