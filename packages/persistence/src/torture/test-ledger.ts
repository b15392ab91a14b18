import { DOCUMENTS, type Found, type FoundDocument, type WriterLine } from "./test-lines.ts";

/** What became of a document between two deletions of it. */
type Page = {
  readonly sent: Set<number>;
  readonly acknowledged: Set<number>;
  /** Versions by their ids, with what was acknowledged before each was asked for. */
  readonly versions: Map<string, ReadonlySet<number>>;
};

type History = {
  /** The last is the present one; what is before it may be gone, by deletions not acknowledged. */
  pages: Page[];
  /** Whatever was ever sent, and the versions that are gone for certain. */
  readonly everSent: Set<number>;
  readonly gone: Set<string>;
};

type Asked = Extract<WriterLine, { name: string } | { sha256: string }>;

/** How much of what was acknowledged may be missing, and when. */
export type Leniency =
  /** Nothing may. */
  | "none"
  /** The last changes may, since the end of the database's log was cut off. */
  | "tail"
  /** What is said to be damaged may. */
  | "told";

/** Said of what cannot be told by numbers: the last of a document, or of the database's log. */
const TELLS_OF_LOSS = new Set([
  "part of the database's log is damaged and was set aside",
  "part of a document may be unreadable",
  "a file of the database is damaged: a copy was set aside, and changes may be missing",
]);

/** What a store was asked for and has acknowledged, held against what is found in it later. */
export class Ledger {
  readonly #histories = new Map<string, History>();
  readonly #assets = new Set<string>();
  readonly #underWay = new Map<number, { asked: Asked; held: ReadonlySet<number> }>();
  /** Calls that were acknowledged, and refused by their codes. */
  acknowledged = 0;
  readonly refusals = new Map<string, number>();
  highestNumber = 0;

  constructor() {
    for (const name of DOCUMENTS) {
      this.#histories.set(name, { pages: [newPage()], everSent: new Set(), gone: new Set() });
    }
  }

  note(line: WriterLine): void {
    if (line.kind === "opened" || line.kind === "not opened" || line.kind === "logged") return;
    if (line.kind !== "done" && line.kind !== "refused") {
      this.highestNumber = Math.max(this.highestNumber, line.id);
      this.#underWay.set(line.id, { asked: line, held: this.#begin(line) });
      return;
    }
    const underWay = this.#underWay.get(line.id);
    if (underWay === undefined) throw new Error(`An answer to nothing: ${JSON.stringify(line)}`);
    this.#underWay.delete(line.id);
    if (line.kind === "done") {
      this.acknowledged += 1;
      this.#acknowledge(underWay.asked, underWay.held, line.version);
    } else this.refusals.set(line.code, (this.refusals.get(line.code) ?? 0) + 1);
  }

  #begin(asked: Asked): ReadonlySet<number> {
    if (asked.kind === "asset") return new Set();
    const history = this.#history(asked.name);
    const page = presentOf(history);
    if (asked.kind === "append") {
      page.sent.add(asked.id);
      history.everSent.add(asked.id);
    }
    if (asked.kind === "delete") history.pages.push(newPage());
    if (asked.kind === "delete version") page.versions.delete(asked.version);
    return new Set(page.acknowledged);
  }

  #acknowledge(asked: Asked, held: ReadonlySet<number>, version: string | undefined): void {
    if (asked.kind === "asset") {
      this.#assets.add(asked.sha256);
      return;
    }
    const history = this.#history(asked.name);
    const page = presentOf(history);
    if (asked.kind === "append") page.acknowledged.add(asked.id);
    if (asked.kind === "version" && version !== undefined) page.versions.set(version, held);
    if (asked.kind === "delete version") history.gone.add(asked.version);
    if (asked.kind === "delete") {
      for (const former of history.pages.slice(0, -1)) {
        for (const id of former.versions.keys()) history.gone.add(id);
      }
      history.pages = [page];
    }
  }

  /** What is wrong with what was found; nothing where all is as it must be. */
  check(found: Found, leniency: Leniency): string[] {
    if (found.refusal !== null) {
      return leniency === "told" ? [] : [`the store is refused with ${found.refusal}`];
    }
    const faults: string[] = [];
    const isLossTold = found.logged.some((message) => TELLS_OF_LOSS.has(message));
    if (leniency === "none" && found.logged.length > 0) {
      faults.push(`the store complains: ${found.logged.join("; ")}`);
    }
    for (const document of found.documents) {
      const history = this.#history(document.name);
      const told = (fault: string): string => `document ${document.name}: ${fault}`;
      faults.push(...strayFaults(document, history, leniency).map(told));
      if (leniency === "told" && (document.isDamaged || isLossTold)) continue;
      if (leniency === "tail") faults.push(...tailFaults(document, history).map(told));
      else faults.push(...missingFaults(document, history, leniency, found.logged).map(told));
    }
    for (const sha256 of leniency === "none" ? this.#assets : []) {
      if (!found.assets.includes(sha256)) faults.push(`asset ${sha256} is missing`);
    }
    for (const sha256 of leniency === "told" ? [] : found.damagedAssets) {
      faults.push(`asset ${sha256} is damaged`);
    }
    for (const sha256 of found.wrongAssets) faults.push(`asset ${sha256} has another content`);
    return faults;
  }

  /** Takes what was found for what there is, at the beginning of a next life. */
  adopt(found: Found): void {
    this.#underWay.clear();
    for (const { name, numbers, versions } of found.documents) {
      const history = this.#history(name);
      const page = newPage();
      for (const number of numbers ?? []) {
        page.sent.add(number);
        page.acknowledged.add(number);
      }
      for (const version of versions) page.versions.set(version.id, new Set(version.numbers));
      history.pages = [page];
    }
  }

  #history(name: string): History {
    const history = this.#histories.get(name);
    if (history === undefined) throw new Error(`There is no document ${name}`);
    return history;
  }
}

function newPage(): Page {
  return { sent: new Set(), acknowledged: new Set(), versions: new Map() };
}

function presentOf({ pages }: History): Page {
  const page = pages.at(-1);
  if (page === undefined) throw new Error("A history has no page");
  return page;
}

/** What is there and must not be. */
function strayFaults(
  { numbers, versions, isDamaged }: FoundDocument,
  { everSent, gone }: History,
  leniency: Leniency,
): string[] {
  const faults: string[] = [];
  const stray = (numbers ?? []).filter((number) => !everSent.has(number));
  if (stray.length > 0) faults.push(`holds ${stray.join(", ")}, which were never sent`);
  if (leniency !== "told" && isDamaged) faults.push("is said to be damaged");
  for (const version of versions) {
    if (gone.has(version.id) && leniency === "none") faults.push(`version ${version.id} is back`);
    if (version.numbers === null && leniency !== "told") {
      faults.push(`version ${version.id} is refused as damaged`);
    }
    if ((version.numbers ?? []).some((number) => !everSent.has(number))) {
      faults.push(`version ${version.id} holds what was never sent`);
    }
  }
  return faults;
}

/** What is missing, however the deletions that were not acknowledged went. */
function missingFaults(
  document: FoundDocument,
  { pages }: History,
  leniency: Leniency,
  logged: readonly string[],
): string[] {
  let faults: string[] = [];
  for (let first = pages.length - 1; first >= 0; first--) {
    faults = missingFrom(document, pages.slice(first), pages.slice(0, first), leniency, logged);
    if (faults.length === 0) return [];
  }
  return faults;
}

function missingFrom(
  { numbers, versions, record }: FoundDocument,
  pages: readonly Page[],
  deletedPages: readonly Page[],
  leniency: Leniency,
  logged: readonly string[],
): string[] {
  const faults: string[] = [];
  const found = new Set(numbers);
  const acknowledged = pages.flatMap((page) => [...page.acknowledged]);
  const missing = acknowledged.filter((number) => !found.has(number));
  if (missing.length > 0) {
    faults.push(
      `lacks ${missing.length} of ${acknowledged.length}: ${missing.slice(0, 20).join(", ")}`,
    );
  }
  if (deletedPages.some(({ sent }) => [...sent].some((number) => found.has(number)))) {
    faults.push("is there in part after a deletion");
  }
  for (const [id, held] of pages.flatMap((page) => [...page.versions])) {
    const version = versions.find((one) => one.id === id);
    if (version === undefined) {
      if (leniency === "told" && logged.some((message) => message.includes("version"))) continue;
      faults.push(`version ${id} is missing`);
    } else if (version.numbers !== null) {
      const inIt = new Set(version.numbers);
      const lost = [...held].filter((number) => !inIt.has(number));
      if (lost.length > 0) faults.push(`version ${id} lacks ${lost.slice(0, 20).join(", ")}`);
    }
  }
  // The record is written in the commit of the change that it names.
  const last = Math.max(0, ...(pages.at(-1)?.acknowledged ?? []));
  if (record === "damaged") {
    if (leniency !== "told") faults.push("its record is damaged");
  } else if (last > 0 && (record ?? 0) < last) {
    faults.push(`its record says ${record}, and ${last} was acknowledged with it`);
  }
  return faults;
}

/** What is missing but for the last. */
function tailFaults({ numbers }: FoundDocument, history: History): string[] {
  const { acknowledged, sent } = presentOf(history);
  const found = new Set(numbers);
  // The deletion before may have been cut off too; what is there then is of another time.
  if ((numbers ?? []).some((number) => !sent.has(number))) return [];
  const newest = Math.max(0, ...found);
  const missing = [...acknowledged].filter((number) => number < newest && !found.has(number));
  return missing.length === 0 ? [] : [`lacks ${missing.join(", ")}, which are not its last`];
}
