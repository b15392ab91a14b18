/** Faults and notes told one by one; of more only the number is kept. */
const findingsKept = 200;

type Finding = { readonly subject: string; readonly message: string };

/** What a check has found so far. */
export class Findings {
  readonly #faults: Finding[] = [];
  readonly #notes: Finding[] = [];
  #faultCount = 0;
  #noteCount = 0;

  /** Something is damaged or missing. */
  fault(subject: string, message: string): void {
    this.#faultCount += 1;
    if (this.#faults.length < findingsKept) this.#faults.push({ subject, message });
  }

  /** Something that is no fault, but that the operator may want to know of. */
  note(subject: string, message: string): void {
    this.#noteCount += 1;
    if (this.#notes.length < findingsKept) this.#notes.push({ subject, message });
  }

  get faultCount(): number {
    return this.#faultCount;
  }

  /** All that was found, for people. */
  lines(): string[] {
    return [
      ...listed("Notes", this.#notes, this.#noteCount),
      ...listed("Damaged or missing", this.#faults, this.#faultCount),
    ];
  }
}

function listed(title: string, findings: readonly Finding[], count: number): string[] {
  if (count === 0) return [];
  const lines = findings.map(({ subject, message }) => `  - ${subject}: ${message}`);
  const others = count - findings.length;
  return ["", `${title} (${count}):`, ...lines, ...(others > 0 ? [`  … and ${others} more`] : [])];
}
