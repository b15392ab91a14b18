/** Faults and notes told one by one; of more only the number is kept. */
const findingsKept = 200;

export type Finding = { readonly subject: string; readonly message: string };

/** What a check has found so far. */
export class Findings {
  readonly faults: Finding[] = [];
  readonly notes: Finding[] = [];
  #faultCount = 0;
  #noteCount = 0;

  /** Something is damaged or missing. */
  fault(subject: string, message: string): void {
    this.#faultCount += 1;
    if (this.faults.length < findingsKept) this.faults.push({ subject, message });
  }

  /** Something that is no fault, but that the operator may want to know of. */
  note(subject: string, message: string): void {
    this.#noteCount += 1;
    if (this.notes.length < findingsKept) this.notes.push({ subject, message });
  }

  get faultCount(): number {
    return this.#faultCount;
  }

  get noteCount(): number {
    return this.#noteCount;
  }
}
