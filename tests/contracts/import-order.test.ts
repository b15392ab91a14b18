import { globSync, readFileSync } from "node:fs";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  findViolations,
  importedPackages,
  type PackageRules,
  type SourceFile,
  type ViolationCode,
} from "./import-order.ts";

// board-app → board-model ← sync-server → persistence
const order = {
  "board-app": { allowedSiblings: ["board-model"], forbidsBuiltins: true, namedFolders: [] },
  "board-model": { allowedSiblings: [], forbidsBuiltins: true, namedFolders: [] },
  persistence: { allowedSiblings: [], forbidsBuiltins: false, namedFolders: [] },
  "sync-server": {
    allowedSiblings: ["board-model", "persistence"],
    forbidsBuiltins: false,
    // The server serves the page that board-app's build leaves there.
    namedFolders: ["../board-app/dist"],
  },
} as const;

const repositoryPath = fileURLToPath(new URL("../..", import.meta.url));

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string>>;
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(`${repositoryPath}${folder}package.json`, "utf8")) as Manifest;
}

/** Packages that this one expects whoever depends on it to bring. */
function peersOf(dependency: string): string[] {
  return Object.keys(readManifest(`node_modules/${dependency}/`).peerDependencies ?? {});
}

const rootManifest = readManifest("");
const packages = new Map<string, PackageRules>(
  Object.entries(order).map(([name, rules]) => {
    const manifest = readManifest(`packages/${name}/`);
    return [
      name,
      {
        name,
        ...rules,
        dependencies: Object.keys(manifest.dependencies ?? {}),
        devDependencies: [
          ...Object.keys(manifest.devDependencies ?? {}),
          ...Object.keys(rootManifest.devDependencies ?? {}),
        ],
        exports: Object.keys(manifest.exports ?? {}),
      },
    ];
  }),
);

const files: SourceFile[] = globSync(
  ["packages/*/src/**/*.{ts,tsx,mts,js,mjs,jsx}", "packages/*/*.config.ts"],
  { cwd: repositoryPath },
).map((found) => {
  const [, packageName = "", ...rest] = found.split(sep);
  return {
    packageName,
    path: rest.join("/"),
    source: readFileSync(`${repositoryPath}${found}`, "utf8"),
  };
});

describe("the packages", () => {
  it("are those that have an order", () => {
    const folders = globSync("packages/*/package.json", { cwd: repositoryPath });
    expect(new Set(folders.map((path) => path.split(sep)[1]))).toEqual(new Set(packages.keys()));
    expect(new Set(files.map((file) => file.packageName))).toEqual(new Set(packages.keys()));
  });

  it("import what the order allows and their package.json declares", () => {
    const violations = files.flatMap((file) => findViolations(file, packages));
    expect(violations.map(({ code, where }) => `${code} at ${where}`)).toEqual([]);
  });

  it.each([...packages.values()])("$name declares no package that it has no use for", (rules) => {
    const used = new Set([
      ...files.filter((file) => file.packageName === rules.name).flatMap(importedPackages),
      ...rules.dependencies.flatMap(peersOf),
    ]);
    expect(rules.dependencies.filter((name) => !used.has(name))).toEqual([]);
  });
});

describe("the checker", () => {
  const example = (name: string, rules: Partial<PackageRules>): [string, PackageRules] => [
    name,
    {
      name,
      allowedSiblings: [],
      forbidsBuiltins: false,
      dependencies: [],
      devDependencies: ["vitest"],
      namedFolders: [],
      exports: ["."],
      ...rules,
    },
  ];
  const examples = new Map([
    example("board-model", { forbidsBuiltins: true, exports: [".", "./fixtures"] }),
    example("sync-server", {
      allowedSiblings: ["board-model", "persistence"],
      dependencies: ["@boardwalk/board-model", "fastify", "@fastify/static"],
      namedFolders: ["../board-app/dist"],
    }),
    example("persistence", {}),
  ]);

  const check = (packageName: string, path: string, source: string): ViolationCode[] =>
    findViolations({ packageName, path, source }, examples).map(({ code }) => code);

  const server = "sync-server";
  const rejected: [ViolationCode, string, string, string][] = [
    ["sibling-not-allowed", "persistence", "src/a.ts", `import "@boardwalk/board-model";`],
    ["sibling-not-allowed", "board-model", "src/a.ts", `export * from "@boardwalk/sync-server";`],
    ["sibling-not-allowed", server, "src/a.ts", `import type { A } from "@boardwalk/board-app";`],
    ["sibling-not-allowed", server, "src/a.ts", `type A = import("@boardwalk/board-app").A;`],
    ["sibling-not-allowed", server, "src/a.ts", `import.meta.resolve("@boardwalk/board-app");`],
    ["sibling-not-allowed", server, "src/a.ts", `import a = require("@boardwalk/board-app");`],
    ["sibling-not-allowed", server, "src/a.test.ts", `await import("@boardwalk/board-app");`],
    ["deep-import", server, "src/a.ts", `import "@boardwalk/board-model/src/limits.ts";`],
    ["leaves-package", server, "src/a.ts", `import { a } from "../../board-model/src/a.ts";`],
    ["leaves-package", server, "src/a/b.ts", `export { a } from "../../../persistence/a.ts";`],
    ["leaves-package", server, "src/a.ts", "await import(`../../persistence/src/a.ts`);"],
    ["leaves-package", server, "src/a.ts", `new URL("../../persistence", import.meta.url);`],
    ["leaves-package", server, "src/a.ts", `new URL("../../board-app/src", import.meta.url);`],
    ["leaves-package", server, "src/a.ts", `import "../../board-app/dist/a.js";`],
    ["leaves-package", server, "src/a.ts", `import "/etc/a.js";`],
    ["undeclared-dependency", server, "src/a.ts", `import { a } from "left-pad";`],
    ["undeclared-dependency", server, "src/a.ts", `import a from "@fastify/helmet/types";`],
    ["undeclared-dependency", server, "src/a.ts", `import { it } from "vitest";`],
    ["undeclared-dependency", server, "src/a.ts", `import { a } from "@boardwalk/persistence";`],
    ["builtin-not-allowed", "board-model", "src/a.ts", `import { readFile } from "node:fs";`],
    ["builtin-not-allowed", "board-model", "src/a.ts", `import { readFile } from "fs/promises";`],
    ["environment-outside-main", server, "src/config.ts", `const port = process.env["PORT"];`],
    ["environment-outside-main", server, "src/a.ts", `globalThis.process.exit(1);`],
    ["environment-outside-main", server, "src/a.ts", `process["env"];`],
    ["environment-outside-main", server, "src/a.ts", `const { env: all } = process;`],
    ["environment-outside-main", server, "src/a.ts", `import { exit } from "node:process";`],
    ["environment-outside-main", server, "src/http/main.ts", `process.exit(1);`],
    ["test-code-imported", server, "src/a.ts", `import { serve } from "./test-server.ts";`],
    ["test-code-imported", server, "src/http/a.ts", `export * from "../a.test.ts";`],
    ["import-not-literal", server, "src/a.ts", `await import(name);`],
    ["import-not-literal", server, "src/a.ts", "await import(`./${name}.ts`);"],
    ["name-says-nothing", server, "src/utils/a.ts", ``],
    ["name-says-nothing", server, "src/helpers.test.ts", ``],
    ["name-says-nothing", server, "src/common.ts", ``],
    ["does-not-parse", server, "src/a.ts", `import from;`],
  ];
  it.each(rejected)("reports %s in %s/%s: %s", (code, packageName, path, source) => {
    expect(check(packageName, path, source)).toEqual([code]);
  });

  const accepted: [string, string, string][] = [
    [server, "src/a.ts", `import { a } from "@boardwalk/board-model";`],
    [server, "src/a.ts", `import { b } from "@boardwalk/board-model/fixtures";`],
    [server, "src/a.ts", `import a from "fastify"; import b from "@fastify/static/types";`],
    [server, "src/http/a.ts", `import "../a.ts"; await import("./b.ts"); import "node:fs";`],
    [server, "src/a.ts", `new URL("../../board-app/dist", import.meta.url);`],
    [server, "src/a.ts", `new URL("../../x", base); new URL("https://x.org", import.meta.url);`],
    [server, "src/a.ts", `// import "left-pad";\nconst text = 'import "left-pad"; process.env';`],
    [server, "src/a.ts", `const { stdout } = process; process.on("SIGTERM", stop);`],
    [server, "src/main.ts", `process.exit(Number(process.env["CODE"]));`],
    [server, "src/doctor/main.ts", `home(process.env);`],
    [server, "src/a.test.ts", `spawn(process.execPath, [], { env: process.env });`],
    [server, "src/a.test.ts", `import { it } from "vitest"; import "./test-server.ts";`],
    [server, "src/test-server.ts", `import { onTestFinished } from "vitest";`],
    ["board-model", "src/a.test.ts", `import { readFileSync } from "node:fs";`],
  ];
  it.each(accepted)("accepts in %s/%s: %s", (packageName, path, source) => {
    expect(check(packageName, path, source)).toEqual([]);
  });

  it("says where", () => {
    const source = `// first line\nimport "left-pad";\n`;
    const file = { packageName: server, path: "src/a.ts", source };
    expect(findViolations(file, examples)).toEqual([
      { code: "undeclared-dependency", where: `packages/sync-server/src/a.ts:2: "left-pad"` },
    ]);
  });
});
