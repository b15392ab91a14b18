import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { parseSync } from "vite";

/** What one package may reach, as its package.json and the order of the packages say. */
export interface PackageRules {
  /** Folder under packages/, which is also the name after `@boardwalk/`. */
  readonly name: string;
  readonly allowedSiblings: readonly string[];
  /** True for code that also runs in a browser, or does no I/O at all. */
  readonly forbidsBuiltins: boolean;
  readonly dependencies: readonly string[];
  /** What tests and build configuration may import besides: the package's and the root's own. */
  readonly devDependencies: readonly string[];
  /** Folders outside the package whose files it may name, though not import: `../board-app/dist`. */
  readonly namedFolders: readonly string[];
  /** Keys of the exports map, "." among them. */
  readonly exports: readonly string[];
}

export interface SourceFile {
  readonly packageName: string;
  /** Relative to the package, with forward slashes: `src/document/board.ts`. */
  readonly path: string;
  readonly source: string;
}

export type ViolationCode =
  | "sibling-not-allowed"
  | "deep-import"
  | "leaves-package"
  | "undeclared-dependency"
  | "builtin-not-allowed"
  | "environment-outside-main"
  | "test-code-imported"
  | "import-not-literal"
  | "name-says-nothing"
  | "does-not-parse";

export interface Violation {
  readonly code: ViolationCode;
  /** `packages/persistence/src/log.ts:12: "ws"` */
  readonly where: string;
}

interface Reference {
  readonly kind: "module" | "url";
  /** Undefined where it is computed at run time. */
  readonly specifier: string | undefined;
  readonly offset: number;
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string; readonly start: number };

const scope = "@boardwalk/";
const emptyNames = new Set(["util", "utils", "helper", "helpers", "common", "misc"]);
/** What a process begins with: the package's, and that of the doctor. */
const mainPath = /^src\/(doctor\/)?main\.tsx?$/;
/** A test, a benchmark, or what only they use: `boards.test.ts`, `binding.bench.ts`, `test-server.ts`. */
const testPath = /(\.(test|bench)\.tsx?|(^|\/)test-[^/]+\.tsx?)$/;
const buildConfigurationPath = /^[^/]+\.config\.ts$/;
/** Tests may, to pass it on to a process that they start. */
const readsEnvironment = [mainPath, testPath, buildConfigurationPath];

/** All that a file does against the order of the packages, in the order it is written. */
export function findViolations(
  file: SourceFile,
  packages: ReadonlyMap<string, PackageRules>,
): Violation[] {
  const rules = packages.get(file.packageName);
  if (rules === undefined) throw new Error(`No rules for the package ${file.packageName}`);

  const filePath = `packages/${file.packageName}/${file.path}`;
  const violations: Violation[] = [];
  const report = (code: ViolationCode, offset: number, what: string): void => {
    const line = file.source.slice(0, offset).split("\n").length;
    violations.push({ code, where: `${filePath}:${line}: ${what}` });
  };

  for (const part of file.path.split("/")) {
    if (emptyNames.has(part.split(".")[0] ?? "")) report("name-says-nothing", 0, part);
  }

  const { program, errors } = parse(file);
  for (const error of errors) report("does-not-parse", 0, error.message);

  for (const node of nodesOf(program)) {
    if (!readsEnvironment.some((pattern) => pattern.test(file.path))) {
      const access = environmentAccess(node);
      if (access !== undefined) report("environment-outside-main", node.start, access);
    }
    const reference = referenceOf(node);
    if (reference === undefined) continue;
    const code = judge(reference, file, rules, packages);
    if (code !== undefined) report(code, reference.offset, JSON.stringify(reference.specifier));
  }
  return violations;
}

function judge(
  { kind, specifier: written }: Reference,
  file: SourceFile,
  rules: PackageRules,
  packages: ReadonlyMap<string, PackageRules>,
): ViolationCode | undefined {
  if (written === undefined) return kind === "module" ? "import-not-literal" : undefined;
  // Vite takes requests such as `./worker.ts?worker`.
  const specifier = written.replace(/\?.*$/, "");
  const isTest = testPath.test(file.path);
  const isBuildConfiguration = buildConfigurationPath.test(file.path);

  if (kind === "url" || /^\.{0,2}\//.test(specifier) || /^\.{1,2}$/.test(specifier)) {
    // Build configuration may name files of the repository, as a licence to ship with the page.
    if (kind === "url" && isBuildConfiguration) return undefined;
    if (kind === "url" && URL.canParse(specifier)) return undefined;
    const target = posix.join(posix.dirname(file.path), specifier);
    if (kind === "url" && rules.namedFolders.some((folder) => isWithin(target, folder))) {
      return undefined;
    }
    if (specifier.startsWith("/") || isWithin(target, "..")) return "leaves-package";
    return testPath.test(target) && !isTest ? "test-code-imported" : undefined;
  }
  if (isBuiltin(specifier)) {
    return rules.forbidsBuiltins && !isTest && !isBuildConfiguration
      ? "builtin-not-allowed"
      : undefined;
  }
  if (specifier.startsWith(scope)) {
    const [sibling = "", ...rest] = specifier.slice(scope.length).split("/");
    if (!rules.allowedSiblings.includes(sibling)) return "sibling-not-allowed";
    const entry = [".", ...rest].join("/");
    if (!packages.get(sibling)?.exports.includes(entry)) return "deep-import";
  }
  const name = packageNameOf(specifier);
  const isDeclared =
    rules.dependencies.includes(name) ||
    ((isTest || isBuildConfiguration) && rules.devDependencies.includes(name));
  return isDeclared ? undefined : "undeclared-dependency";
}

/** The npm packages that a file imports anything from. */
export function importedPackages(file: SourceFile): string[] {
  return [...nodesOf(parse(file).program)]
    .map(referenceOf)
    .filter((found) => found?.kind === "module")
    .flatMap((found) => found?.specifier ?? [])
    .filter((specifier) => !specifier.startsWith(".") && !isBuiltin(specifier))
    .map(packageNameOf);
}

function parse(file: SourceFile): ReturnType<typeof parseSync> {
  return parseSync(posix.basename(file.path), file.source);
}

function packageNameOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** The module or file that this node refers to, if it is a node that does. */
function referenceOf(node: Node): Reference | undefined {
  switch (node.type) {
    case "ImportDeclaration":
    case "ImportExpression":
    case "ExportAllDeclaration":
    case "ExportNamedDeclaration":
    case "TSImportType":
      return isNode(node["source"]) ? referenceTo("module", node["source"]) : undefined;
    case "TSExternalModuleReference":
      return isNode(node["expression"]) ? referenceTo("module", node["expression"]) : undefined;
    case "CallExpression": {
      const [argument] = nodesIn(node["arguments"]);
      const isResolve = memberPath(node["callee"]) === "import.meta.resolve";
      return isResolve && argument !== undefined ? referenceTo("module", argument) : undefined;
    }
    case "NewExpression": {
      const [target, base] = nodesIn(node["arguments"]);
      const isFileUrl =
        memberPath(node["callee"]) === "URL" && memberPath(base) === "import.meta.url";
      return isFileUrl && target !== undefined ? referenceTo("url", target) : undefined;
    }
    default:
      return undefined;
  }
}

function referenceTo(kind: Reference["kind"], node: Node): Reference {
  return { kind, specifier: literalText(node), offset: node.start };
}

/** Says how this node reads the environment or ends the process, if it does. */
function environmentAccess(node: Node): string | undefined {
  if (node.type === "MemberExpression") {
    const path = memberPath(node)?.replace(/^(globalThis|global)\./, "");
    return path === "process.env" || path === "process.exit" ? path : undefined;
  }
  if (node.type === "VariableDeclarator" && isNode(node["id"])) {
    const path = memberPath(node["init"])?.replace(/^(globalThis|global)\./, "");
    return path === "process"
      ? nodesIn(node["id"]["properties"]).map(environmentKey).find(Boolean)
      : undefined;
  }
  if (node.type === "ImportDeclaration") {
    const specifier = literalText(node["source"]);
    return specifier === "process" || specifier === "node:process" ? specifier : undefined;
  }
  return undefined;
}

function environmentKey(property: Node): string | undefined {
  const key = memberPath(property["key"]);
  return key === "env" || key === "exit" ? `process.${key}` : undefined;
}

/** `a.b.c` for a chain of plain names, `a["b"]` read as `a.b`; undefined for anything else. */
function memberPath(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  switch (node.type) {
    case "Identifier":
      return String(node["name"]);
    case "MetaProperty":
      return "import.meta";
    case "ParenthesizedExpression":
    case "ChainExpression":
      return memberPath(node["expression"]);
    case "MemberExpression": {
      const object = memberPath(node["object"]);
      const property =
        node["computed"] === true ? literalText(node["property"]) : memberPath(node["property"]);
      return object === undefined || property === undefined ? undefined : `${object}.${property}`;
    }
    default:
      return undefined;
  }
}

function literalText(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === "Literal" && typeof node["value"] === "string") return node["value"];
  if (node.type === "TSLiteralType") return literalText(node["literal"]);
  if (node.type !== "TemplateLiteral") return undefined;
  const [quasi, ...others] = nodesIn(node["quasis"]);
  const value: unknown = others.length === 0 ? quasi?.["value"] : undefined;
  return isRecord(value) && typeof value["cooked"] === "string" ? value["cooked"] : undefined;
}

/** The node and all below it, parents first. */
function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) {
    for (const element of value) yield* nodesOf(element);
  } else if (isRecord(value)) {
    if (isNode(value)) yield value;
    for (const child of Object.values(value)) yield* nodesOf(child);
  }
}

function nodesIn(value: unknown): Node[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function isNode(value: unknown): value is Node {
  return isRecord(value) && typeof value["type"] === "string" && typeof value["start"] === "number";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
